using SmartCache;

namespace EncoderWorker.Measuring;

/// <summary>Stands right before the real uploader, behind the cache: counts the files that the target confirmed.</summary>
internal sealed class CountingUploader(IIpfsUploader inner, WorkLedger ledger) : IIpfsUploader
{
    public async Task<UploadResult> UploadAsync(UploadRequest request, IProgress<StageProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        var counters = ledger.For(request.JobId);
        // With the cache off there is no session. One that remembers nothing makes the same work countable.
        var session = request.Session ?? await ForgetfulSession.OpenAsync(request.Directory, cancellationToken);
        await using var observed = new ObservedSession(session)
        {
            Sent = file => counters.FileSent(file.Length),
            Skipped = _ => counters.FileSkipped(),
            SkipWithdrawn = _ => counters.SkipWithdrawn(),
        };
        return await inner.UploadAsync(request with { Session = observed }, progress, cancellationToken);
    }
}
