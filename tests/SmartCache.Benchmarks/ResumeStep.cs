using System.Diagnostics;
using System.Globalization;
using SmartCache.FFMpegCore;

namespace SmartCache.Benchmarks;

/// <summary>
/// A worker of <see cref="Resume"/>: encodes the video below <see cref="BenchmarkOptions.Directory"/> with the cache of the step's name. Prints the fraction that is done
/// while it goes, and at its end processor seconds of its children and of itself, wall seconds, and how many seconds of the work of earlier attempts it took over.
/// </summary>
internal static class ResumeStep
{
    /// <summary>The step without checkpoints; each other one is with them.</summary>
    public const string Off = "off";

    public static string Video(string directory) => Path.Combine(directory, "source.mp4");

    public static string Output(string step) => "output-" + step;

    public static async Task<int> RunAsync(BenchmarkOptions options)
    {
        var probe = new FfprobeSourceProbe();
        using var inner = new FfmpegProfileEncoder(new FfmpegOptions { RateControl = FfmpegRateControl.ConstantQuality }, probe);
        await using var cache = CacheManager.Create(new CacheOptions
        {
            Directory = Path.Combine(options.Directory, "cache-" + options.Step),
            Checkpoints = new CacheCheckpointOptions { Mode = options.Step == Off ? "Off" : "On", MinWork = "0s" },
        });
        var encoder = new CachingProfileEncoder(inner, cache);
        var path = Video(options.Directory);
        var media = new SourceMedia
        {
            ContentHash = new string('c', 64),
            Length = new FileInfo(path).Length,
            Facts = await probe.ProbeAsync(path),
        };
        var profile = new EncodingProfile("720p") { Resolution = "1280x720" };
        var request = new EncodeRequest(new DownloadedVideo(path, media.Length) { Media = media }, profile, Path.Combine(options.Directory, Output(options.Step)));
        var (children, own, began) = (ChildUsage.Read().Processor, Environment.CpuUsage.TotalTime, Stopwatch.GetTimestamp());
        await encoder.EncodeAsync(request, new Printed());
        await cache.FlushAsync();
        var reused = (await cache.GetStatisticsAsync()).Checkpoints.ReusedTime;
        Console.WriteLine(FormattableString.Invariant(
            $"{ChildUsage.Read().Processor - children:R} {(Environment.CpuUsage.TotalTime - own).TotalSeconds:R} {Stopwatch.GetElapsedTime(began).TotalSeconds:R} {reused.TotalSeconds:R}"));
        return 0;
    }

    // Progress<T> would report from other threads, in any order.
    private sealed class Printed : IProgress<StageProgress>
    {
        public void Report(StageProgress value)
        {
            if (value.Fraction is { } fraction)
            {
                Console.WriteLine(fraction.ToString("R", CultureInfo.InvariantCulture));
            }
        }
    }
}
