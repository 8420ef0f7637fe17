using System.Runtime.CompilerServices;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using SmartCache.Hosting;
using SmartCache.Tests.Support;

namespace SmartCache.Tests.Prefetch;

/// <summary>In a host, the worker's own downloader is used, without the cache around it and in a scope of its own.</summary>
public sealed class HostedPrefetchTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("smartcache-test-").FullName;
    private readonly List<string> _made = [];

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Theory]
    [InlineData(null, "last")]
    [InlineData("fast", "fast")]
    [InlineData("unknown", null)]
    public async Task Undecorated_downloader_of_the_key_is_used_in_a_scope_of_its_own(string? key, string? used)
    {
        using var host = Build(services =>
        {
            services.AddScoped<IVideoDownloader>(_ => new Named("first", _made));
            services.AddKeyedScoped<IVideoDownloader>("fast", (_, _) => new Named("fast", _made));
            services.AddScoped<IVideoDownloader>(_ => new Named("last", _made));
            services.AddSmartCache();
        });
        var cache = host.Services.GetRequiredService<ICacheManager>();

        await using var ticket = await cache.PrefetchAsync(new PrefetchRequest(Request()) { DownloaderKey = key });
        var outcome = await ticket.Completion.Guarded();

        outcome.Should().Be(used is null ? PrefetchOutcome.NotAllowed : PrefetchOutcome.Stored);
        _made.Should().Equal(used is null ? [] : [used, "gone " + used]);
        var sources = (await cache.GetStatisticsAsync()).Sources;
        (sources.Misses, sources.Hits, sources.Bypasses).Should().Be((0, 0, 0), "no stage of a job ran");
    }

    [Fact]
    public async Task Downloader_that_was_wrapped_by_hand_is_unwrapped()
    {
        using var host = Build(services =>
        {
            services.AddScoped<IVideoDownloader>(provider => new CachingVideoDownloader(new Named("inner", _made), provider.GetRequiredService<CacheManager>()));
            services.AddSmartCache();
        });
        var cache = host.Services.GetRequiredService<ICacheManager>();

        await using var ticket = await cache.PrefetchAsync(new PrefetchRequest(Request()));

        (await ticket.Completion.Guarded()).Should().Be(PrefetchOutcome.Stored);
        (await cache.GetStatisticsAsync()).Sources.Misses.Should().Be(0);
    }

    [Fact]
    public async Task Worker_without_a_downloader_may_announce()
    {
        using var host = Build(static services => services.AddSmartCache());

        await using var ticket = await host.Services.GetRequiredService<ICacheManager>().PrefetchAsync(new PrefetchRequest(Request()));

        (await ticket.Completion.Guarded()).Should().Be(PrefetchOutcome.NotAllowed);
    }

    [Fact]
    public async Task Warmers_are_asked_at_the_start_only_where_an_interval_is_set()
    {
        var time = new DrivenTime();
        var warmer = new Asked();
        foreach (var interval in new[] { "Off", "1h" })
        {
            using var host = Build(
                services =>
                {
                    services.AddSingleton<TimeProvider>(time).AddSingleton<ICacheWarmer>(warmer).AddScoped<IVideoDownloader>(_ => new Named("own", _made));
                    services.AddSmartCache();
                },
                ("Cache:Warm:Interval", interval));
            await host.StartAsync();
            for (var second = 0; second < 40 && (interval == "Off" || warmer.Times == 0); second++)
            {
                await Task.Delay(1);
                time.Advance(TimeSpan.FromSeconds(1));
            }

            while (interval != "Off" && warmer.Times == 0)
            {
                time.Advance(TimeSpan.FromSeconds(1));
                await Task.Delay(1);
            }

            warmer.Times.Should().Be(interval == "Off" ? 0 : 1);
            await host.StopAsync();
        }
    }

    [Fact]
    public async Task Without_an_interval_warming_sleeps_until_the_settings_change()
    {
        var time = new DrivenTime();
        var warmer = new Asked();
        using var host = Build(
            services =>
            {
                services.AddSingleton<TimeProvider>(time).AddSingleton<ICacheWarmer>(warmer).AddScoped<IVideoDownloader>(_ => new Named("own", _made));
                services.AddSmartCache();
            },
            ("Cache:Warm:Interval", "Off"));
        await host.StartAsync();
        time.Advance(TimeSpan.FromSeconds(31));

        var configuration = (IConfigurationRoot)host.Services.GetRequiredService<IConfiguration>();
        configuration["Cache:Warm:Interval"] = "1h";
        configuration.Reload();

        // The clock stands: whatever looks once a minute would not see it.
        (await warmer.First.Task.Guarded()).Should().BeTrue();
        await host.StopAsync();
    }

    [Fact]
    public async Task Warmer_that_does_not_heed_its_token_does_not_keep_the_host()
    {
        var time = new DrivenTime();
        var warmer = new Deaf();
        using var host = Build(
            services =>
            {
                services.AddSingleton<TimeProvider>(time).AddSingleton<ICacheWarmer>(warmer).AddScoped<IVideoDownloader>(_ => new Named("own", _made));
                services.AddSmartCache();
            },
            ("Cache:Warm:Interval", "1h"));
        await host.StartAsync();
        time.Advance(TimeSpan.FromSeconds(31));
        while (!warmer.First.Task.IsCompleted)
        {
            time.Advance(TimeSpan.FromSeconds(1));
            await Task.Delay(1);
        }

        await host.Services.GetServices<IHostedService>().OfType<WarmingService>().Single().StopAsync(CancellationToken.None).Guarded();

        warmer.Gate.SetResult();
        await host.StopAsync();
    }

    [Fact]
    public async Task Retry_is_fetched_by_the_downloader_that_its_job_used()
    {
        using var host = Build(services =>
        {
            services.AddKeyedScoped<IVideoDownloader>("fast", (_, _) => new Named("fast", _made));
            services.AddScoped<IVideoDownloader>(_ => new Named("own", _made));
            services.AddSmartCache();
        });
        var cache = host.Services.GetRequiredService<ICacheManager>();
        await using (var scope = host.Services.CreateAsyncScope())
        {
            await scope.ServiceProvider.GetRequiredKeyedService<IVideoDownloader>("fast").DownloadAsync(Request());
        }

        await ((CacheManager)cache).FlushAsync();
        await cache.ClearAsync();
        await cache.ExpectRetryAsync("job", DateTimeOffset.UtcNow);
        while ((await cache.GetStatisticsAsync()).Sources.Prefetch.WaitingBytes == 0)
        {
            await Task.Delay(1);
        }

        _made.Where(static name => !name.StartsWith("gone", StringComparison.Ordinal)).Should().Equal("fast", "fast");
    }

    [Fact]
    public async Task Host_without_a_warmer_keeps_nothing_running_for_it()
    {
        using var host = Build(static services => services.AddSmartCache(), ("Cache:Warm:Interval", "1h"));
        await host.StartAsync();

        await host.Services.GetServices<IHostedService>().OfType<WarmingService>().Single().ExecuteTask!.Guarded();

        await host.StopAsync();
    }

    private DownloadRequest Request() => new(TestJob.Url, Path.Combine(_root, "video.mp4")) { JobId = "job" };

    private IHost Build(Action<IServiceCollection> register, params (string Key, string Value)[] settings)
    {
        var builder = Host.CreateApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Configuration.AddInMemoryCollection([new("Cache:Directory", Path.Combine(_root, "cache")), new("Cache:MinFreeSpace", "0"), .. settings.Select(static one => new KeyValuePair<string, string?>(one.Key, one.Value))]);
        register(builder.Services);
        return builder.Build();
    }

    private sealed class Named : IVideoDownloader, IDisposable
    {
        private readonly FakeDownloader _inner = new(Bytes.Random(30_000));
        private readonly string _name;
        private readonly List<string> _made;

        public Named(string name, List<string> made)
        {
            (_name, _made) = (name, made);
            made.Add(name);
        }

        public Task<DownloadedVideo> DownloadAsync(DownloadRequest request, IProgress<StageProgress>? progress = null, CancellationToken cancellationToken = default) =>
            _inner.DownloadAsync(request, progress, cancellationToken);

        public void Dispose() => _made.Add("gone " + _name);
    }

    private sealed class Deaf : ICacheWarmer
    {
        public TaskCompletionSource First { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public TaskCompletionSource Gate { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public async IAsyncEnumerable<PrefetchRequest> SuggestAsync(WarmContext context, [EnumeratorCancellation] CancellationToken cancellationToken)
        {
            First.TrySetResult();
            await Gate.Task;
            yield break;
        }
    }

    private sealed class Asked : ICacheWarmer
    {
        public int Times;

        public TaskCompletionSource<bool> First { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public async IAsyncEnumerable<PrefetchRequest> SuggestAsync(WarmContext context, [EnumeratorCancellation] CancellationToken cancellationToken)
        {
            Interlocked.Increment(ref Times);
            First.TrySetResult(true);
            await Task.CompletedTask;
            yield break;
        }
    }
}
