using EncoderWorker.Measuring;
using EncoderWorker.Publishing;
using EncoderWorker.Reporting;
using SmartCache;

namespace EncoderWorker.Jobs;

/// <summary>Runs a job until it succeeds, at most twice: what a queue that delivers a failed message again does.</summary>
internal sealed class JobRunner(IVideoDownloader downloader, IProfileEncoder encoder, IIpfsUploader uploader, WorkLedger ledger, ProgressBoard board, TimeProvider time, PublishFolder? folder = null)
{
    private const int MaxAttempts = 2;

    public async Task<IReadOnlyList<AttemptRecord>> RunAsync(EncodeJob job, CancellationToken cancellationToken)
    {
        List<AttemptRecord> attempts = [];
        while (attempts.Count < MaxAttempts && !attempts.Exists(attempt => attempt.Succeeded))
            attempts.Add(await RunOnceAsync(job, attempts.Count + 1, cancellationToken));
        return attempts;
    }

    private async Task<AttemptRecord> RunOnceAsync(EncodeJob job, int number, CancellationToken cancellationToken)
    {
        var record = new AttemptRecord(job.Number, number, ledger.Begin(job.Id));
        var began = time.GetTimestamp();
        try
        {
            await new Attempt(job, record, downloader, encoder, uploader, folder?.Target, board, time).RunAsync(cancellationToken);
            record.Succeeded = true;
        }
        catch (Exception) when (!cancellationToken.IsCancellationRequested)
        {
            // Said where the stage failed. The next attempt, or the exit code, is the answer.
        }

        record.Seconds = time.GetElapsedTime(began).TotalSeconds;
        return record;
    }
}
