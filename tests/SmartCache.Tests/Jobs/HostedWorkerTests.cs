using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using SmartCache.Tests.Support;

namespace SmartCache.Tests.Jobs;

/// <summary>A worker as its author writes it: stages registered in some way, AddSmartCache, and a second run of the same job.</summary>
public sealed class HostedWorkerTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("smartcache-test-").FullName;
    private readonly FakeDownloader _downloader = new(Bytes.Random(50_000));
    private readonly FakeEncoder _encoder = new();

    public static TheoryData<string> Registrations => ["instance", "singleton type", "scoped type", "transient type", "singleton factory", "scoped factory"];

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Theory]
    [MemberData(nameof(Registrations))]
    public async Task Retry_on_a_new_host_downloads_and_encodes_nothing(string registration)
    {
        var first = await RunJobAsync(registration, "1");
        var second = await RunJobAsync(registration, "2");

        first.Should().Be((CacheOutcome.Miss, CacheOutcome.Miss));
        second.Should().Be((CacheOutcome.Hit, CacheOutcome.Hit));
        (_downloader.Calls, _encoder.Calls).Should().Be((1, 1));
    }

    private async Task<(CacheOutcome Source, CacheOutcome Profile)> RunJobAsync(string registration, string attempt)
    {
        var builder = Host.CreateApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Configuration.AddInMemoryCollection([new("Cache:Directory", Path.Combine(_root, "cache"))]);
        var services = builder.Services;
        services.AddSingleton(_downloader).AddSingleton(_encoder);
        _ = registration switch
        {
            "instance" => services.AddSingleton<IVideoDownloader>(_downloader).AddSingleton<IProfileEncoder>(_encoder),
            "singleton type" => services.AddSingleton<IVideoDownloader, WorkerDownloader>().AddSingleton<IProfileEncoder, WorkerEncoder>(),
            "scoped type" => services.AddScoped<IVideoDownloader, WorkerDownloader>().AddScoped<IProfileEncoder, WorkerEncoder>(),
            "transient type" => services.AddTransient<IVideoDownloader, WorkerDownloader>().AddTransient<IProfileEncoder, WorkerEncoder>(),
            "singleton factory" => services.AddSingleton<IVideoDownloader>(static it => it.GetRequiredService<FakeDownloader>())
                .AddSingleton<IProfileEncoder>(static it => it.GetRequiredService<FakeEncoder>()),
            _ => services.AddScoped<IVideoDownloader>(static it => new WorkerDownloader(it.GetRequiredService<FakeDownloader>()))
                .AddScoped<IProfileEncoder>(static it => new WorkerEncoder(it.GetRequiredService<FakeEncoder>())),
        };
        services.AddSmartCache();
        using var host = builder.Build();
        await host.StartAsync();
        await using var scope = host.Services.CreateAsyncScope();
        var video = await scope.ServiceProvider.GetRequiredService<IVideoDownloader>()
            .DownloadAsync(new DownloadRequest(TestJob.Url, Path.Combine(_root, attempt + ".mp4")) { JobId = "job" });
        var profile = await scope.ServiceProvider.GetRequiredService<IProfileEncoder>()
            .EncodeAsync(new EncodeRequest(video, TestJob.Profile, Path.Combine(_root, attempt)) { JobId = "job" });

        // No flush: the host's stop gives the saves their time.
        await host.StopAsync();
        return (video.Outcome, profile.Outcome);
    }

    private sealed class WorkerDownloader(FakeDownloader inner) : IVideoDownloader
    {
        public Task<DownloadedVideo> DownloadAsync(DownloadRequest request, IProgress<StageProgress>? progress = null, CancellationToken cancellationToken = default) =>
            inner.DownloadAsync(request, progress, cancellationToken);
    }

    private sealed class WorkerEncoder(FakeEncoder inner) : IProfileEncoder
    {
        public ValueTask<EncodeRecipe> DescribeAsync(SourceMedia source, EncodingProfile profile, CancellationToken cancellationToken = default) =>
            inner.DescribeAsync(source, profile, cancellationToken);

        public Task<EncodedProfile> EncodeAsync(EncodeRequest request, IProgress<StageProgress>? progress = null, CancellationToken cancellationToken = default) =>
            inner.EncodeAsync(request, progress, cancellationToken);
    }
}
