using Microsoft.Extensions.DependencyInjection;
using SmartCache.Torture.Workload;

namespace SmartCache.Torture;

/// <summary>Picks one of the things that a worker does, and does it. Every file that the cache gives is compared byte by byte.</summary>
internal sealed class RandomJobs(IServiceProvider services, Content content, SplitMix random, WorkerReport report)
{
    private readonly CacheManager _cache = services.GetRequiredService<CacheManager>();
    private readonly IVideoDownloader _downloader = services.GetRequiredService<IVideoDownloader>();
    private readonly LeaseJobs _leases = new(services.GetRequiredService<CacheManager>(), content, random, report);
    private readonly FullJob _full = new(services, content, random, report);

    /// <param name="directory">Of this job.</param>
    /// <param name="fixedPath">Of the lane, for a worker that downloads to one place only.</param>
    public async Task NextAsync(string directory, string fixedPath)
    {
        double which;
        int source;
        lock (random)
        {
            which = random.NextDouble() * 100;
            source = PickSource();
        }

        await (which switch
        {
            < 38 => _full.RunAsync(source, directory),
            < 54 => DownloadAndSpoilAsync(source, Path.Combine(directory, "video.mp4"), mayChangeMode: true),
            < 62 => DownloadAndSpoilAsync(source, fixedPath, mayChangeMode: false),
            < 70 => _leases.HoldSourceAsync(source, directory),
            < 78 => _leases.HoldProfileAsync(source, directory),
            < 84 => _leases.ProduceAsync(source, directory),
            < 93 => CountAsync("clean-up", _cache.CleanupAsync()),
            < 95 => CountAsync("verification", _cache.VerifyAsync()),
            < 97 => CountAsync("removal", _cache.RemoveBySourceAsync(content.HashOf(source))),
            < 97.5 => CountAsync("clear", _cache.ClearAsync()),
            < 98.5 => CountAsync("prefetch", PrefetchAsync(source)),
            _ => CountAsync("statistics", _cache.GetStatisticsAsync()),
        });
    }

    /// <summary>Goes once through what every worker does.</summary>
    public async Task WarmUpAsync(string directory, string fixedPath)
    {
        await _full.RunAsync(8, Path.Combine(directory, "warm"));
        await _cache.FlushAsync();
        await DownloadAndSpoilAsync(8, fixedPath, mayChangeMode: false);
        await _leases.HoldSourceAsync(8, directory);
        await _cache.CleanupAsync();
    }

    // Some sources are asked for much more often; the one that is too large seldom.
    private int PickSource()
    {
        var number = (int)(Content.Sources * Math.Pow(random.NextDouble(), 1.5));
        return number == 2 && !random.Chance(0.2) ? 3 : number;
    }

    // On the one path that is used again and again, a mode that shuts its owner out would fail the worker's next job without a cache too.
    private async Task DownloadAndSpoilAsync(int source, string path, bool mayChangeMode)
    {
        CacheUse use;
        lock (random)
        {
            use = random.Next(20) switch { 0 => CacheUse.Refresh, 1 => CacheUse.NoStore, 2 => CacheUse.Bypass, _ => CacheUse.Use };
        }

        var video = await _downloader.DownloadAsync(new DownloadRequest(Content.Url(source), path) { Use = use });
        Served.Check(video, content.Source(source), report);
        Spoiling.Apply(path, random, mayChangeMode);
        if (use == CacheUse.Refresh)
        {
            await _cache.RejectSourceAsync(video, "the torture says so");
        }
    }

    // Half of them are no longer wanted before they are there.
    private async Task PrefetchAsync(int source)
    {
        bool isWanted, isKnown;
        PrefetchPriority priority;
        lock (random)
        {
            (isWanted, isKnown, priority) = (random.Chance(0.5), random.Chance(0.5), (PrefetchPriority)random.Next(3));
        }

        var request = new DownloadRequest(Content.Url(source), "") { JobId = $"ahead-{source}", ExpectedLength = isKnown ? content.LengthOf(source) : null };
        await using var ticket = await _cache.PrefetchAsync(new PrefetchRequest(request) { Priority = priority });
        if (isWanted)
        {
            await Task.WhenAny(ticket.Completion, Task.Delay(TimeSpan.FromSeconds(1)));
        }
    }

    private async Task CountAsync(string what, Task work)
    {
        await work;
        report.Count(what);
    }
}
