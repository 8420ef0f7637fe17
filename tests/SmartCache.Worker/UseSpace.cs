using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using SmartCache.Configuration;
using SmartCache.Hosting;
using SmartCache.Space;

namespace SmartCache.Worker;

/// <summary>Takes space in a cache that other processes fill too.</summary>
internal static class UseSpace
{
    /// <summary>Holds a reservation until standard input ends, or the process is killed. Prints <c>reserved</c> or <c>refused</c>.</summary>
    public static async Task<int> ReserveAsync(string root, long bytes)
    {
        await using var cache = SameWork.Open(root);
        await using var reserved = (await cache.Space.ReserveAsync(new SpaceRequest(cache.SourceStore.Layer.Directory, bytes, bytes), "held", CancellationToken.None)).Reserved;
        Console.Out.WriteLine(reserved is null ? "refused" : "reserved");
        Console.Out.Flush();
        await Console.In.ReadToEndAsync();
        return 0;
    }

    /// <summary>Cleans up once; prints how many entries went.</summary>
    public static async Task<int> CleanUpAsync(string root)
    {
        await using var cache = SameWork.Open(root);
        var report = await cache.CleanupAsync();
        Console.Out.WriteLine(report.ExpiredEntries + report.EvictedEntries);
        return 0;
    }

    /// <summary>
    /// Downloads videos of random sizes until standard input ends, each through the decorator, and deletes its own file as a worker does.
    /// Prints a line after each ten, and <c>wrong NUMBER</c> where it was given other bytes than the video's.
    /// </summary>
    public static async Task<int> DownloadAsync(string root, string work, int seed, long maxSize, long minFree)
    {
        var settings = CacheSettings.ForRoot(root) with { MaxSize = maxSize, MinFreeSpace = new FreeSpaceFloor(minFree, null) };
        await using var cache = new CacheManager(new CacheServices(new FixedSettings(settings), NullLogger.Instance, TimeProvider.System));

        // As in every worker: it looks every few seconds whether another program fills the disk.
        using var maintenance = new CacheMaintenanceService(cache, TimeProvider.System, NullLogger.Instance);
        await maintenance.StartAsync(CancellationToken.None);
        var downloader = new CachingVideoDownloader(new SeededDownloader(), cache);
        var random = new Random(seed);
        using var stop = new CancellationTokenSource();
        var waiting = Task.Run(async () =>
        {
            await Console.In.ReadToEndAsync();
            await stop.CancelAsync();
        });
        for (var done = 1; !stop.IsCancellationRequested; done++)
        {
            var number = random.Next(100);
            var path = Path.Combine(work, string.Create(CultureInfo.InvariantCulture, $"{Environment.ProcessId}-{done}.mp4"));
            var url = string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1/{number}");
            var video = await downloader.DownloadAsync(new DownloadRequest(url, path) { JobId = string.Create(CultureInfo.InvariantCulture, $"job-{number}") });
            if (!(await File.ReadAllBytesAsync(video.Path)).AsSpan().SequenceEqual(SeededDownloader.Video(url)))
            {
                Console.Out.WriteLine($"wrong {number}");
            }

            File.Delete(path);
            if (done % 10 == 0)
            {
                await cache.FlushAsync();
                Console.Out.WriteLine($"done {done}");
            }
        }

        await waiting;
        await maintenance.StopAsync(CancellationToken.None);
        return 0;
    }
}
