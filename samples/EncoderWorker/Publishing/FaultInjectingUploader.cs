using EncoderWorker.Measuring;
using SmartCache;

namespace EncoderWorker.Publishing;

/// <summary>Cuts the first upload of each job when the given percentage of its files is confirmed. Wrapped around the real uploader, which knows nothing of it.</summary>
internal sealed class FaultInjectingUploader(IIpfsUploader inner, double percent) : IIpfsUploader
{
    private readonly Lock _lock = new();
    private readonly HashSet<string> _cut = new(StringComparer.Ordinal);

    public async Task<UploadResult> UploadAsync(UploadRequest request, IProgress<StageProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        if (percent <= 0 || !IsFirst(request.JobId))
            return await inner.UploadAsync(request, progress, cancellationToken);

        var session = request.Session ?? await ForgetfulSession.OpenAsync(request.Directory, cancellationToken);
        var total = session.Files.Count;
        var allowed = Math.Max(1, (int)(total * percent / 100));
        var confirmed = 0;
        using var cut = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);

        void Count(UploadFile file)
        {
            if (Interlocked.Increment(ref confirmed) >= allowed)
                cut.Cancel();
        }

        await using var observed = new ObservedSession(session)
        {
            Sent = Count,
            Skipped = Count,
            SkipWithdrawn = _ => Interlocked.Decrement(ref confirmed),
        };
        try
        {
            await inner.UploadAsync(request with { Session = observed }, progress, cut.Token);
        }
        catch (OperationCanceledException) when (cut.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
        }

        // Also where the uploader had finished before it noticed: what it says after the cut is lost with the connection.
        throw new InjectedFaultException(Volatile.Read(ref confirmed), total);
    }

    private bool IsFirst(string jobId)
    {
        lock (_lock)
            return _cut.Add(jobId);
    }
}
