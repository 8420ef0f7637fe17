using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace SmartCache.Benchmarks;

/// <summary>One attempt: a download of 200 MB over HTTP, then three profiles of 20 segments of 1 MB, each after a fixed amount of arithmetic.</summary>
internal static class Attempt
{
    private const int Profiles = 3;
    private const int SegmentsPerProfile = 20;

    /// <summary>How much work per segment makes an attempt's encodes take about this long, on an idle core.</summary>
    public static int Calibrate(TimeSpan encodes)
    {
        const int sample = 100;
        StubStages.Work(sample);
        var best = TimeSpan.MaxValue;
        for (var i = 0; i < 5; i++)
        {
            var before = ProcessorClock.OfThread();
            StubStages.Work(sample);
            var took = ProcessorClock.OfThread() - before;
            best = took < best ? took : best;
        }

        return (int)(encodes / (Profiles * SegmentsPerProfile) / best * sample);
    }

    public static async Task<int> RunAsync(BenchmarkOptions options)
    {
        using var scratch = new Scratch(options.Directory);
        var stages = new StubStages(options.Port, SegmentsPerProfile, options.WorkPerFile);
        await using var cache = options.WithCache ? BenchCache.Open(scratch["cache"]) : null;
        IVideoDownloader downloader = cache is null ? stages : new CachingVideoDownloader(stages, cache);
        IProfileEncoder encoder = cache is null ? stages : new CachingProfileEncoder(stages, cache);
        double onPath = 0;
        var operations = 0;
        using var meters = new MeterListener { InstrumentPublished = static (instrument, listener) => Enable(instrument, listener) };
        meters.SetMeasurementEventCallback<double>((_, seconds, _, _) => (onPath, operations) = (onPath + seconds, operations + 1));
        meters.Start();

        var before = ProcessorClock.OfProcess();
        var started = Stopwatch.GetTimestamp();
        var video = await downloader.DownloadAsync(new DownloadRequest("http://127.0.0.1/video.mp4", scratch["video.mp4"]) { JobId = "job" });
        for (var i = 0; i < Profiles; i++)
        {
            await encoder.EncodeAsync(new EncodeRequest(video, new EncodingProfile($"profile-{i}"), scratch[$"profile-{i}"]) { JobId = "job" });
        }

        var seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        if (cache is not null)
        {
            // Not on the job's path, but its processor time counts.
            await cache.FlushAsync();
        }

        var processor = (ProcessorClock.OfProcess() - before).TotalSeconds;
        Console.WriteLine(new AttemptFigures(seconds, stages.ProcessorSeconds, processor - stages.ProcessorSeconds, onPath, operations, Machine.PeakMemory()));
        return 0;
    }

    private static void Enable(Instrument instrument, MeterListener listener)
    {
        if (instrument is { Name: "smartcache.operation.duration", Meter.Name: "SmartCache" })
        {
            listener.EnableMeasurementEvents(instrument);
        }
    }
}
