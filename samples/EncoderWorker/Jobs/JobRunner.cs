using EncoderWorker.Hosting;
using EncoderWorker.Measuring;
using EncoderWorker.Publishing;
using EncoderWorker.Reporting;
using Microsoft.Extensions.Logging;
using SmartCache;

namespace EncoderWorker.Jobs;

/// <summary>Runs a job until it succeeds, at most twice: what a queue that delivers a failed message again does.</summary>
internal sealed partial class JobRunner(
    IVideoDownloader downloader,
    IProfileEncoder encoder,
    IIpfsUploader uploader,
    WorkLedger ledger,
    ProgressBoard board,
    TimeProvider time,
    ILogger<JobRunner> logger,
    PublishFolder? folder = null)
{
    private const int MaxAttempts = 2;

    // The attempt of a worker that was killed counts, although nothing is known of it.
    private static int Before => CrashDrill.IsAfterTheCrash ? 1 : 0;

    public async Task<IReadOnlyList<AttemptRecord>> RunAsync(EncodeJob job, CancellationToken cancellationToken)
    {
        List<AttemptRecord> attempts = [];
        while (attempts.Count < MaxAttempts && !attempts.Exists(attempt => attempt.Succeeded))
            attempts.Add(await RunOnceAsync(job, Before + attempts.Count + 1, cancellationToken));
        return attempts;
    }

    private async Task<AttemptRecord> RunOnceAsync(EncodeJob job, int number, CancellationToken cancellationToken)
    {
        var record = new AttemptRecord(job.Number, number, ledger.Begin(job.Id));
        var began = time.GetTimestamp();
        try
        {
            await new Attempt(job, record, downloader, (ILadderEncoder)encoder, uploader, folder?.Target, board, time).RunAsync(cancellationToken);
            record.Succeeded = true;
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            // What failed is said where it did. The next attempt, or the exit code, is the answer.
            LogFailure(logger, number, job.Id, exception);
        }

        record.Seconds = time.GetElapsedTime(began).TotalSeconds;
        return record;
    }

    [LoggerMessage(1, LogLevel.Debug, "Attempt {Number} of {JobId} failed")]
    private static partial void LogFailure(ILogger logger, int number, string jobId, Exception exception);
}
