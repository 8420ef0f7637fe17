using System.Globalization;
using SmartCache.Configuration;
using Microsoft.Extensions.Logging.Abstractions;

namespace SmartCache.Benchmarks;

/// <summary>A second process of <see cref="ToolScale"/>: a worker at work on the cache in <see cref="BenchmarkOptions.Directory"/>. Every hit is made through the worker's stages.</summary>
internal static class ToolWorker
{
    public const string Begin = "hits-begin";
    public const string End = "hits-end";
    public const int Hits = 500;
    private const int WarmUp = 500;

    public static async Task<int> RunAsync(BenchmarkOptions options)
    {
        if (options.Step == "fill")
        {
            await ToolScale.FillAsync(options.Directory, options.Entries!.Value);
            return 0;
        }

        var isTraced = options.Step == "traced";

        // The history is written once a second, and a last use is noted once a minute, whatever the hits do: they would make two counts of system calls differ.
        var settings = CacheSettings.ForRoot(options.Directory);
        await using var cache = isTraced
            ? BenchCache.Open(settings with { History = 0 }, NullLogger.Instance, new StoppedTime(TimeProvider.System.GetUtcNow()))
            : BenchCache.Open(settings, NullLogger.Instance);
        var work = Directory.CreateTempSubdirectory("smartcache-bench-").FullName;
        var (downloader, encoder) = (new CachingVideoDownloader(new MovingDownloader(), cache), new CachingProfileEncoder(new MovingEncoder(ScaleCache.FilesOfProfile), cache));
        try
        {
            if (isTraced)
            {
                await HitAsync(WarmUp);
                Console.WriteLine("ready");
                await Console.In.ReadLineAsync();
                _ = File.Exists(Path.Combine(work, Begin));
                await HitAsync(Hits);
                _ = File.Exists(Path.Combine(work, End));
            }
            else
            {
                var stop = Task.Run(static () => Console.In.ReadToEnd());
                await HitAsync(1);
                Console.WriteLine("ready");
                while (!stop.IsCompleted)
                {
                    await HitAsync(100);
                }
            }

            return 0;
        }
        finally
        {
            Directory.Delete(work, recursive: true);
        }

        async Task HitAsync(int rounds)
        {
            for (var round = 0; round < rounds; round++)
            {
                var key = round % 50;
                var path = Path.Combine(work, "source.mp4");
                var video = await downloader.DownloadAsync(ScaleCache.Request(key, path) with { JobId = "job-1" });
                var first = Math.Max(1, options.Entries!.Value / 4);
                var profile = new EncodingProfile((first + key).ToString(CultureInfo.InvariantCulture));
                var encoded = await encoder.EncodeAsync(new EncodeRequest(video with { Media = ScaleCache.MediaOf(key) }, profile, Path.Combine(work, "out")) { JobId = "job-1" });
                if (video.Outcome != CacheOutcome.Hit || encoded.Outcome != CacheOutcome.Hit)
                {
                    throw new InvalidOperationException($"Not a hit: {video.Outcome}, {encoded.Outcome}.");
                }

                File.Delete(path);
                Directory.Delete(encoded.Directory, recursive: true);
            }
        }
    }

    private sealed class StoppedTime(DateTimeOffset now) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => now;
    }
}
