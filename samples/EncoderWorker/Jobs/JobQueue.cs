using EncoderWorker.Options;
using EncoderWorker.Reporting;
using EncoderWorker.Serving;
using SmartCache;

namespace EncoderWorker.Jobs;

/// <summary>The jobs one after the other, as most workers run them, with the sources of the next ones fetched ahead.</summary>
internal sealed class JobQueue(WorkerOptions options, JobRunner runner, ICacheManager cache, IProfileEncoder encoder, ProgressBoard board, TimeProvider time)
{
    /// <summary>Runs them over an origin that takes as long for a source as an encode takes.</summary>
    public async Task<(IReadOnlyList<AttemptRecord> Attempts, QueueReport Report)> RunAsync(IReadOnlyList<EncodeJob> jobs, VideoServer server, string video, CancellationToken cancellationToken)
    {
        var seconds = options.OriginSeconds ?? await EncodeSecondsAsync(jobs[0], video, cancellationToken);
        server.Pace = new OriginPace(jobs[0].Length!.Value / seconds, time);
        board.Print($"The origin takes {Figures.Seconds(seconds)} for a source; {options.Prefetch} are fetched ahead.");

        List<AttemptRecord> attempts = [];
        Queue<EncodeJob> announced = new(jobs.Skip(1));
        var began = time.GetTimestamp();
        for (var index = 0; index < jobs.Count; index++)
        {
            while (announced.Count > 0 && jobs.Count - announced.Count <= index + options.Prefetch)
                await cache.PrefetchAsync(new PrefetchRequest(announced.Dequeue().Download), cancellationToken);
            attempts.AddRange(await runner.RunAsync(jobs[index], cancellationToken));
        }

        var report = new QueueReport(options.Prefetch!.Value, jobs.Count, Math.Round(seconds, 3), Math.Round(time.GetElapsedTime(began).TotalSeconds, 3));
        board.Print($"{report.Jobs} jobs, {report.Ahead} fetched ahead: {Figures.Seconds(report.Seconds)} from the first announcement to the last upload.");
        return (attempts, report);
    }

    // Of the video itself, whose bytes no job has: nothing of it is found by them.
    private async Task<double> EncodeSecondsAsync(EncodeJob job, string video, CancellationToken cancellationToken)
    {
        var directory = Path.Combine(job.WorkDirectory, "measured");
        var source = new DownloadedVideo(video, new FileInfo(video).Length);
        var requests = job.Profiles.Select(profile => new EncodeRequest(source, profile, Path.Combine(directory, profile.Name)) { Use = CacheUse.Bypass }).ToList();
        var began = time.GetTimestamp();
        await ((ILadderEncoder)encoder).EncodeTogetherAsync(requests, cancellationToken: cancellationToken);
        var seconds = time.GetElapsedTime(began).TotalSeconds;
        Directory.Delete(job.WorkDirectory, recursive: true);
        return seconds;
    }
}
