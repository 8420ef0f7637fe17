using SmartCache.Configuration;
using SmartCache.Prefetch;
using SmartCache.Storage.Platform;
using SmartCache.Tests.Support;

namespace SmartCache.Tests.Prefetch;

/// <summary>A worker with a cache that may fetch ahead: one origin behind the prefetcher and behind its jobs, which count apart.</summary>
internal sealed class AheadCache : IAsyncDisposable
{
    private int _downloads;

    public AheadCache(Func<CacheSettings, CacheSettings>? configure = null, TimeProvider? time = null, string? root = null, FileSystem? fileSystem = null, AheadOrigin? ahead = null, Func<CacheServices, CacheServices>? with = null)
    {
        Ahead = ahead ?? new AheadOrigin();
        Cache = new TestCache(
            settings => (configure ?? (static it => it))(settings with { MinFreeSpace = new FreeSpaceFloor(0, null) }),
            time: time,
            root: root,
            fileSystem: fileSystem,
            with: services => (with ?? (static it => it))(services with { Downloaders = new OnePrefetchDownloader(Ahead) }));
        Job = new CachingVideoDownloader(Own, Cache.Manager);
    }

    public TestCache Cache { get; }

    public CacheManager Manager => Cache.Manager;

    /// <summary>What the prefetcher downloads from.</summary>
    public AheadOrigin Ahead { get; }

    /// <summary>What jobs download from themselves.</summary>
    public AheadOrigin Own { get; } = new();

    /// <summary>A job's download stage.</summary>
    public CachingVideoDownloader Job { get; }

    public static string Url(int number) => $"http://example.test/{number}.mp4";

    public static string JobOf(int number) => $"job-{number}";

    public DownloadRequest Request(int number, long? length = null) => new(Url(number), Cache.WorkPath($"{Interlocked.Increment(ref _downloads)}.mp4")) { JobId = JobOf(number), ExpectedLength = length };

    public async Task<PrefetchTicket> AnnounceAsync(int number, PrefetchPriority priority = PrefetchPriority.NextJob, long? length = null) =>
        await Manager.PrefetchAsync(new PrefetchRequest(Request(number, length)) { Priority = priority });

    /// <summary>Announces, and waits for what becomes of it.</summary>
    public async Task<PrefetchOutcome> FetchAsync(int number, PrefetchPriority priority = PrefetchPriority.NextJob, long? length = null) =>
        await (await AnnounceAsync(number, priority, length)).Completion.Guarded();

    /// <summary>A job downloads, whose bytes must be right.</summary>
    public async Task<CacheOutcome?> DownloadAsync(int number)
    {
        var video = await Job.DownloadAsync(Request(number)).Guarded();
        Bytes.Sha256OfFile(video.Path).Should().Be(Bytes.Sha256(Own.Content(Url(number))));
        await Manager.FlushAsync();
        return video.Outcome;
    }

    public async Task<PrefetchStatistics> BooksAsync() => (await Manager.GetStatisticsAsync()).Sources.Prefetch;

    public ValueTask DisposeAsync() => Cache.DisposeAsync();
}
