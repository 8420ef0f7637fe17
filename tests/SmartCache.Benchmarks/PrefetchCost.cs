using System.Diagnostics;
using Microsoft.Extensions.Logging.Abstractions;
using SmartCache.Configuration;
using SmartCache.Prefetch;
using SmartCache.Stages;

namespace SmartCache.Benchmarks;

/// <summary>
/// What a download ahead costs the jobs of its process: their own download over a link that both share, in pairs with and without, and the time from the beginning of a job's
/// download to the last byte that the origin gave to the other. Then what jobs allocate where nothing is announced, to be compared with another build's.
/// </summary>
internal static class PrefetchCost
{
    private const double Link = 20e6;
    private const double LeastSpeed = 0.97;
    private static readonly TimeSpan _most = TimeSpan.FromMilliseconds(250);

    public static async Task<int> RunAsync(BenchmarkOptions options)
    {
        Machine.Print(options.Directory);
        var rounds = options.Quick ? 5 : 20;
        var length = options.Quick ? 10_000_000 : 40_000_000;
        var (alone, beside, stops) = (new List<double>(), new List<double>(), new List<double>());
        for (var round = 0; round < rounds; round++)
        {
            // In turn, so that what the machine does otherwise meets both.
            alone.Add((await RoundAsync(options, length, isBeside: false)).Seconds);
            var (seconds, stopped) = await RoundAsync(options, length, isBeside: true);
            beside.Add(seconds);
            stops.Add(stopped);
        }

        var ratio = Median(alone) / Median(beside);
        var inTime = stops.Count(static ms => ms <= _most.TotalMilliseconds);
        Console.WriteLine("| a job's download of | alone | beside a download ahead | speed kept | stopped after, median | longest |");
        Console.WriteLine("|---|---:|---:|---:|---:|---:|");
        Console.WriteLine($"| {length / 1e6:F0} MB at {Link / 1e6:F0} MB/s in all | {Median(alone):F3} s | {Median(beside):F3} s | {ratio:F3} | {Median(stops):F0} ms | {stops.Max():F0} ms |");
        Console.WriteLine();
        Console.WriteLine($"- Speed: target ≥ {LeastSpeed}, {(ratio >= LeastSpeed ? "met" : "MISSED")}. Stopped within {_most.TotalMilliseconds:F0} ms: {inTime} of {rounds}, target 19 of 20, {(inTime * 20 >= rounds * 19 ? "met" : "MISSED")}.");
        Console.WriteLine($"- Nothing announced: a miss that is stored and a hit allocate {StepProcess.Number("prefetch-step", "", options.Directory):N0} bytes");
        return ratio >= LeastSpeed && inTime * 20 >= rounds * 19 ? 0 : 1;
    }

    private static async Task<(double Seconds, double StoppedAfter)> RoundAsync(BenchmarkOptions options, long length, bool isBeside)
    {
        using var scratch = new Scratch(options.Directory);
        await using var origin = new LimitedOrigin(length, Link);
        using var client = new HttpClient();
        var downloader = new HttpVideoDownloader(client);
        var settings = CacheSettings.ForRoot(scratch["cache"]) with { MinFreeSpace = new FreeSpaceFloor(0, null) };
        await using var cache = new CacheManager(new CacheServices(new Fixed(settings), NullLogger.Instance, TimeProvider.System) { Downloaders = new OnePrefetchDownloader(downloader) });
        if (isBeside)
        {
            await cache.PrefetchAsync(new PrefetchRequest(new DownloadRequest(origin.Address + "ahead.mp4", "") { JobId = "next" }));
            while (origin.LastGiven("ahead.mp4") is null)
            {
                await Task.Delay(5);
            }

            await Task.Delay(100);
        }

        var began = TimeProvider.System.GetTimestamp();
        var own = new Noting(downloader);
        await new CachingVideoDownloader(own, cache).DownloadAsync(new DownloadRequest(origin.Address + "own.mp4", Path.Combine(scratch["work"], "own.mp4")) { JobId = "job" });
        var seconds = Stopwatch.GetElapsedTime(began).TotalSeconds;

        // Until the job's download was over it made way; what the origin gave after that, while the job's file is hashed, is its own time again.
        return (seconds, isBeside && origin.LastGiven("ahead.mp4", own.Ended) is { } last ? Math.Max(0, Stopwatch.GetElapsedTime(began, last).TotalMilliseconds) : 0);
    }

    private static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);

    private sealed class Noting(IVideoDownloader inner) : IVideoDownloader
    {
        public long Ended { get; private set; }

        public async Task<DownloadedVideo> DownloadAsync(DownloadRequest request, IProgress<StageProgress>? progress = null, CancellationToken cancellationToken = default)
        {
            var video = await inner.DownloadAsync(request, progress, cancellationToken);
            Ended = TimeProvider.System.GetTimestamp();
            return video;
        }
    }

    private sealed class Fixed(CacheSettings current) : ICacheSettingsSource
    {
        public CacheSettings Current { get; } = current;
    }
}
