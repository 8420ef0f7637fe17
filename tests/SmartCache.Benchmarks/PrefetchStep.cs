using System.Globalization;
using System.Security.Cryptography;

namespace SmartCache.Benchmarks;

/// <summary>
/// Jobs of a process in which nothing is announced: a miss that is stored and a hit, many times. By the public face alone, so that it runs on another build's library too; under
/// <c>strace -f -c</c> it gives their system calls.
/// </summary>
internal static class PrefetchStep
{
    private const int Rounds = 3_000;
    private const int Length = 1_000;

    public static async Task<int> RunAsync(BenchmarkOptions options)
    {
        using var scratch = new Scratch(options.Directory);
        Directory.CreateDirectory(scratch["work"]);
        await using var cache = CacheManager.Create(new CacheOptions { Directory = scratch["cache"], MinFreeSpace = "0", History = "Off" });
        var downloader = new CachingVideoDownloader(new Writing(), cache);
        await RoundAsync(cache, downloader, scratch["work"], 0); // what is compiled is compiled
        var before = GC.GetTotalAllocatedBytes(precise: true);
        for (var round = 1; round <= Rounds; round++)
        {
            await RoundAsync(cache, downloader, scratch["work"], round);
        }

        Console.WriteLine(((GC.GetTotalAllocatedBytes(precise: true) - before) / Rounds).ToString(CultureInfo.InvariantCulture));
        return 0;
    }

    private static async Task RoundAsync(CacheManager cache, CachingVideoDownloader downloader, string work, int round)
    {
        for (var attempt = 0; attempt < 2; attempt++)
        {
            await downloader.DownloadAsync(new DownloadRequest($"http://example.test/{round}.mp4", Path.Combine(work, $"{round}-{attempt}.mp4")) { JobId = $"job-{round}" });
            await cache.FlushAsync();
        }
    }

    private sealed class Writing : IVideoDownloader
    {
        private readonly byte[] _bytes = new byte[Length];

        public Task<DownloadedVideo> DownloadAsync(DownloadRequest request, IProgress<StageProgress>? progress = null, CancellationToken cancellationToken = default)
        {
            RandomNumberGenerator.Fill(_bytes);
            using (var handle = File.OpenHandle(request.DestinationPath, FileMode.Create, FileAccess.Write))
            {
                RandomAccess.Write(handle, _bytes, 0);
            }

            return Task.FromResult(new DownloadedVideo(request.DestinationPath, Length));
        }
    }
}
