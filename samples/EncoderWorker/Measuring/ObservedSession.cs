using System.Diagnostics.CodeAnalysis;
using SmartCache;

namespace EncoderWorker.Measuring;

/// <summary>Passes everything on and tells, once per file, whether it was sent or found to be there. The inner session stays its owner's.</summary>
internal sealed class ObservedSession(IUploadSession inner) : IUploadSession
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, bool> _sentByPath = new(StringComparer.Ordinal);

    public Action<UploadFile> Sent { get; init; } = _ => { };

    public Action<UploadFile> Skipped { get; init; } = _ => { };

    /// <summary>A file that counted as skipped is sent after all.</summary>
    public Action<UploadFile> SkipWithdrawn { get; init; } = _ => { };

    public UploadTarget? PreferredTarget => inner.PreferredTarget;

    public IReadOnlyList<UploadFile> Files => inner.Files;

    public IReadOnlyList<string> PassedBy => inner.PassedBy;

    public IUploadCheckpoint For(UploadTarget target) => new Checkpoint(this, inner.For(target));

    public ValueTask CompleteAsync(UploadResult result, CancellationToken cancellationToken = default) => inner.CompleteAsync(result, cancellationToken);

    public ValueTask FailAsync(Exception exception, CancellationToken cancellationToken = default) => inner.FailAsync(exception, cancellationToken);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private void Tell(UploadFile file, bool sent)
    {
        lock (_lock)
        {
            var known = _sentByPath.TryGetValue(file.RelativePath, out var wasSent);
            if (known && (wasSent || !sent))
                return;
            _sentByPath[file.RelativePath] = sent;
            if (known)
                SkipWithdrawn(file);
            (sent ? Sent : Skipped)(file);
        }
    }

    private void Withdraw(UploadFile file)
    {
        lock (_lock)
        {
            if (_sentByPath.TryGetValue(file.RelativePath, out var wasSent) && !wasSent && _sentByPath.Remove(file.RelativePath))
                SkipWithdrawn(file);
        }
    }

    private sealed class Checkpoint(ObservedSession session, IUploadCheckpoint inner) : IUploadCheckpoint
    {
        public bool TryGetCid(UploadFile file, [NotNullWhen(true)] out string? cid)
        {
            if (!inner.TryGetCid(file, out cid))
                return false;
            session.Tell(file, sent: false);
            return true;
        }

        public async ValueTask RecordFileAsync(UploadFile file, string cid, CancellationToken cancellationToken = default)
        {
            await inner.RecordFileAsync(file, cid, cancellationToken);
            session.Tell(file, sent: true);
        }

        public ValueTask RecordProfileAsync(EncodedProfile profile, string cid, CancellationToken cancellationToken = default) =>
            inner.RecordProfileAsync(profile, cid, cancellationToken);

        public ValueTask ForgetAsync(UploadFile file, CancellationToken cancellationToken = default)
        {
            session.Withdraw(file);
            return inner.ForgetAsync(file, cancellationToken);
        }
    }
}
