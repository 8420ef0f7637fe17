using System.Diagnostics;
using System.Runtime;

namespace SmartCache.Benchmarks;

/// <summary>One attempt: a download of 60 MB over HTTP, then three profiles of 13 segments of 1 MB, about what the sample moves, each after a fixed amount of arithmetic.</summary>
internal static class Attempt
{
    private const int Profiles = 3;
    private const int SegmentsPerProfile = 13;

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
        var path = new PathClock();
        var stages = new StubStages(path, options.Port, SegmentsPerProfile, options.WorkPerFile);
        await using var cache = options.WithCache ? BenchCache.Open(scratch["cache"]) : null;
        IVideoDownloader downloader = cache is null ? stages : new CachingVideoDownloader(stages, cache);
        IProfileEncoder encoder = cache is null ? stages : new CachingProfileEncoder(stages, cache);
        for (var job = 0; job < options.Jobs; job++)
        {
            Console.WriteLine(await RunAsync(cache, downloader, encoder, stages, path, scratch, job));
        }

        return 0;
    }

    private static async Task<AttemptFigures> RunAsync(
        CacheManager? cache, IVideoDownloader downloader, IProfileEncoder encoder, StubStages stages, PathClock path, Scratch scratch, int job)
    {
        path.Reset();
        var stagesBefore = stages.ProcessorSeconds;
        var compilingBefore = JitInfo.GetCompilationTime();
        var before = ProcessorClock.OfProcess();
        var started = Stopwatch.GetTimestamp();
        path.Begin();
        var video = await downloader.DownloadAsync(new DownloadRequest($"http://127.0.0.1/{job}.mp4", scratch[$"{job}.mp4"]) { JobId = $"job-{job}" });
        path.End();
        for (var i = 0; i < Profiles; i++)
        {
            path.Begin();
            await encoder.EncodeAsync(new EncodeRequest(video, new EncodingProfile($"profile-{i}"), scratch[$"{job}-{i}"]) { JobId = $"job-{job}" });
            path.End();
        }

        var seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        if (cache is not null)
        {
            // Not on the job's path, but its processor time counts.
            await cache.FlushAsync();
        }

        var processor = (ProcessorClock.OfProcess() - before).TotalSeconds;
        var stage = stages.ProcessorSeconds - stagesBefore;
        var compiling = (JitInfo.GetCompilationTime() - compilingBefore).TotalSeconds;
        return new AttemptFigures(seconds, stage, processor - stage, compiling, path.Wall.TotalSeconds, path.Processor.TotalSeconds, Machine.PeakMemory());
    }
}
