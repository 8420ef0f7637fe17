using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using SmartCache.Hosting;
using SmartCache.Tests.Support;
using SmartCache.Tests.Uploads;

namespace SmartCache.Tests.Configuration;

/// <summary>The worker's probe and presence check: whatever they take, however they live, and however their making and their end go.</summary>
[Trait("Found", "M24")]
public sealed class WorkerHelpersTests : IDisposable
{
    private static readonly UploadTarget Target = new("node", "v1");

    private readonly string _root = Directory.CreateTempSubdirectory("smartcache-test-").FullName;
    private readonly RecordingProvider _log = new();
    private readonly FakeDownloader _downloader = new(Bytes.Random(50_000));

    public void Dispose()
    {
        _log.Dispose();
        Directory.Delete(_root, recursive: true);
    }

    [Fact]
    public async Task Uploader_that_checks_presence_itself_and_takes_the_cache_starts_and_is_asked()
    {
        var time = new ShiftedTime();
        using var host = Build(services =>
        {
            services.AddSingleton<TimeProvider>(time);
            services.AddSingleton<UploaderWithCache>();
            services.AddSingleton<IIpfsUploader>(static it => it.GetRequiredService<UploaderWithCache>());
            services.AddSingleton<IUploadPresence>(static it => it.GetRequiredService<UploaderWithCache>());
        });
        await host.StartAsync().Guarded();

        await UploadAsync(host, "job-1");
        time.Shift = TimeSpan.FromHours(2);
        await UploadAsync(host, "job-2");

        host.Services.GetRequiredService<UploaderWithCache>().Asked.Should().BePositive();
        await host.StopAsync();
    }

    [Fact]
    public async Task Probe_that_takes_the_cache_probes()
    {
        using var host = Build(static services => services.AddScoped<ISourceProbe, ProbeWithCache>());
        await host.StartAsync().Guarded();

        var video = await DownloadAsync(host, "1");
        await host.Services.GetRequiredService<ICacheManager>().FlushAsync();

        (await host.Services.GetRequiredService<ICacheManager>().TryGetMediaAsync(new DownloadRequest(TestJob.Url, "unused")))!.Facts
            .Should().Contain("probed", "with the cache");
        video.Outcome.Should().Be(CacheOutcome.Miss);
    }

    [Fact]
    public async Task Scoped_helper_that_can_only_be_disposed_of_asynchronously_ends_with_the_cache()
    {
        var ended = new List<string>();
        var host = Build(services => services.AddSingleton(ended).AddScoped<ISourceProbe, AsyncOnlyProbe>());
        await host.StartAsync();
        await DownloadAsync(host, "1");
        await host.StopAsync();

        // As a worker without `await using` ends.
        var end = host.Dispose;

        end.Should().NotThrow();
        ended.Should().Equal("probe");
    }

    [Fact]
    public async Task Helper_whose_end_throws_does_not_stop_the_host_from_ending()
    {
        var host = Build(static services => services.AddScoped<ISourceProbe>(static _ => new AsyncOnlyProbe([]) { ThrowsAtItsEnd = true }));
        await host.StartAsync();
        await DownloadAsync(host, "1");
        await host.StopAsync();

        var end = host.Dispose;

        end.Should().NotThrow();
        _log.Of(623).Should().ContainSingle();
    }

    [Fact]
    public async Task Helper_whose_making_hangs_does_not_hang_the_end_of_the_host_and_ends_when_it_is_made()
    {
        using var making = new ManualResetEventSlim();
        using var made = new ManualResetEventSlim();
        var ended = new List<string>();
        var host = Build(services => services
            .Configure<HostOptions>(static options => options.ShutdownTimeout = TimeSpan.FromMilliseconds(100))
            .AddScoped<ISourceProbe>(_ =>
            {
                making.Set();
                made.Wait(HangGuard.Limit);
                return new AsyncOnlyProbe(ended);
            }));
        await host.StartAsync();
        await DownloadAsync(host, "1");
        making.Wait(HangGuard.Limit).Should().BeTrue();

        var end = Task.Run(async () =>
        {
            await host.StopAsync();
            host.Dispose();
        });

        (await Task.WhenAny(end, Task.Delay(TimeSpan.FromSeconds(40)))).Should().Be(end, "saves are given 5 s, and the helper a moment");
        await end;
        made.Set();
        SpinWait.SpinUntil(() => ended.Count > 0, HangGuard.Limit).Should().BeTrue();
    }

    [Fact]
    public async Task Helper_whose_making_hangs_holds_up_neither_the_other_one_nor_a_second_caller()
    {
        using var making = new ManualResetEventSlim();
        using var made = new ManualResetEventSlim();
        await using var services = new ServiceCollection()
            .AddScoped<IUploadPresence, NoPresence>()
            .AddScoped<ISourceProbe>(_ =>
            {
                making.Set();
                made.Wait(HangGuard.Limit);
                return new FakeProbe();
            })
            .BuildServiceProvider();
        await using var helpers = new WorkerHelpers(services, NullLogger.Instance) { Patience = TimeSpan.Zero };
        var hanging = Task.Run(helpers.Get<ISourceProbe>);
        making.Wait(HangGuard.Limit).Should().BeTrue();
        try
        {
            (await Task.Run(helpers.Get<IUploadPresence>).Guarded()).Should().BeOfType<NoPresence>();
            await FluentActions.Awaiting(() => Task.Run(helpers.Get<ISourceProbe>).Guarded()).Should().ThrowAsync<TimeoutException>().WithMessage("*constructor*");
        }
        finally
        {
            made.Set();
        }

        (await hanging.Guarded()).Should().BeSameAs(helpers.Get<ISourceProbe>());
    }

    [Fact]
    public async Task Helper_whose_making_fails_at_first_is_made_at_the_next_use()
    {
        var tries = 0;
        using var host = Build(services => services.AddTransient<ISourceProbe>(_ => ++tries < 3 ? throw new InvalidOperationException("no ffprobe yet") : new FakeProbe()));
        await host.StartAsync();
        tries.Should().Be(0, "nothing has been probed yet");

        foreach (var attempt in new[] { "1", "2", "3", "4" })
        {
            await DownloadAsync(host, attempt);
            await host.Services.GetRequiredService<ICacheManager>().FlushAsync();
        }

        (tries, _downloader.Calls).Should().Be((3, 3), "twice it could not be made, then the video was stored, then it was there");
        _log.Of(622).Should().ContainSingle().Which.Should().Contain("ISourceProbe").And.NotContain("no ffprobe yet");
    }

    [Fact]
    public async Task Helpers_that_nobody_needs_are_never_made()
    {
        using var host = Build(
            static services => services.AddSingleton<ISourceProbe>(static _ => throw new InvalidOperationException()).AddSingleton<IUploadPresence>(static _ => throw new InvalidOperationException()),
            new KeyValuePair<string, string?>("Cache:Enabled", "false"));
        await host.StartAsync();

        (await DownloadAsync(host, "1")).Length.Should().Be(50_000);

        await host.StopAsync();
        _log.Of(622).Should().BeEmpty();
    }

    private async Task<DownloadedVideo> DownloadAsync(IHost host, string attempt) => await host.Services.GetRequiredService<IVideoDownloader>()
        .DownloadAsync(new DownloadRequest(TestJob.Url, Path.Combine(_root, attempt + ".mp4"))).Guarded();

    private async Task UploadAsync(IHost host, string job)
    {
        var tree = Path.Combine(_root, job);
        Directory.CreateDirectory(tree);
        await File.WriteAllBytesAsync(Path.Combine(tree, "segment.ts"), Bytes.Random(1000));
        await host.Services.GetRequiredService<IIpfsUploader>().UploadAsync(new UploadRequest(job, tree)).Guarded();
        await host.Services.GetRequiredService<ICacheManager>().FlushAsync();
    }

    private IHost Build(Action<IServiceCollection> register, params KeyValuePair<string, string?>[] settings)
    {
        var builder = Host.CreateApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Configuration.AddInMemoryCollection([new("Cache:Directory", Path.Combine(_root, "cache")), .. settings]);
        builder.Services.AddSingleton<ILoggerProvider>(_log).AddSingleton<IVideoDownloader>(_downloader);
        register(builder.Services);
        builder.Services.AddSmartCache();
        return builder.Build();
    }

    private sealed class RecordingProvider : ILoggerProvider
    {
        private readonly ListLogger _logger = new();

        public ILogger CreateLogger(string categoryName) => _logger;

        public IEnumerable<string> Of(int eventId) => _logger.Of(eventId);

        public void Dispose()
        {
        }
    }

    private sealed class UploaderWithCache(ICacheManager cache) : IIpfsUploader, IUploadPresence
    {
        private readonly ScriptedUploader _inner = new(Target);

        public int Asked { get; private set; }

        public ValueTask<Presence> CheckAsync(UploadTarget target, string cid, CancellationToken cancellationToken = default)
        {
            Asked++;
            return ValueTask.FromResult(cache.Uploads is null ? Presence.Unknown : Presence.Present);
        }

        public Task<UploadResult> UploadAsync(UploadRequest request, IProgress<StageProgress>? progress = null, CancellationToken cancellationToken = default) =>
            _inner.UploadAsync(request, progress, cancellationToken);
    }

    private sealed class NoPresence : IUploadPresence
    {
        public ValueTask<Presence> CheckAsync(UploadTarget target, string cid, CancellationToken cancellationToken = default) => ValueTask.FromResult(Presence.Unknown);
    }

    private sealed class ProbeWithCache(ICacheManager cache) : ISourceProbe
    {
        public ValueTask<IReadOnlyDictionary<string, string>> ProbeAsync(string path, CancellationToken cancellationToken = default) =>
            ValueTask.FromResult<IReadOnlyDictionary<string, string>>(new Dictionary<string, string> { ["probed"] = cache.Sources is null ? "alone" : "with the cache" });
    }

    private sealed class AsyncOnlyProbe(List<string> ended) : ISourceProbe, IAsyncDisposable
    {
        public bool ThrowsAtItsEnd { get; init; }

        public ValueTask<IReadOnlyDictionary<string, string>> ProbeAsync(string path, CancellationToken cancellationToken = default) =>
            ValueTask.FromResult<IReadOnlyDictionary<string, string>>(new Dictionary<string, string>());

        public ValueTask DisposeAsync()
        {
            ended.Add("probe");
            return ThrowsAtItsEnd ? throw new InvalidOperationException() : ValueTask.CompletedTask;
        }
    }
}
