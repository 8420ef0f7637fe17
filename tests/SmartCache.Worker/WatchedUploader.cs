using System.Diagnostics.CodeAnalysis;

namespace SmartCache.Worker;

/// <summary>Hands an upload on unchanged and watches what it records; can fail or hold it there.</summary>
internal sealed class WatchedUploader(IIpfsUploader inner) : IIpfsUploader
{
    /// <summary>The target has confirmed the file, which is not recorded yet.</summary>
    public Func<UploadFile, Task> BeforeRecord { get; init; } = _ => Task.CompletedTask;

    /// <summary>The file's record counts as kept.</summary>
    public Action<UploadFile> Recorded { get; init; } = _ => { };

    public Task<UploadResult> UploadAsync(UploadRequest request, IProgress<StageProgress>? progress = null, CancellationToken cancellationToken = default) =>
        inner.UploadAsync(request with { Session = new Session(this, request.Session!) }, progress, cancellationToken);

    private sealed class Session(WatchedUploader watcher, IUploadSession session) : IUploadSession
    {
        public UploadTarget? PreferredTarget => session.PreferredTarget;

        public IReadOnlyList<UploadFile> Files => session.Files;

        public IReadOnlyList<string> PassedBy => session.PassedBy;

        public IUploadCheckpoint For(UploadTarget target) => new Checkpoint(watcher, session.For(target));

        public ValueTask CompleteAsync(UploadResult result, CancellationToken cancellationToken = default) => session.CompleteAsync(result, cancellationToken);

        public ValueTask FailAsync(Exception exception, CancellationToken cancellationToken = default) => session.FailAsync(exception, cancellationToken);

        public ValueTask DisposeAsync() => session.DisposeAsync();
    }

    private sealed class Checkpoint(WatchedUploader watcher, IUploadCheckpoint checkpoint) : IUploadCheckpoint
    {
        public bool TryGetCid(UploadFile file, [NotNullWhen(true)] out string? cid) => checkpoint.TryGetCid(file, out cid);

        public async ValueTask RecordFileAsync(UploadFile file, string cid, CancellationToken cancellationToken = default)
        {
            await watcher.BeforeRecord(file);
            await checkpoint.RecordFileAsync(file, cid, cancellationToken);
            watcher.Recorded(file);
        }

        public ValueTask RecordProfileAsync(EncodedProfile profile, string cid, CancellationToken cancellationToken = default) =>
            checkpoint.RecordProfileAsync(profile, cid, cancellationToken);

        public ValueTask ForgetAsync(UploadFile file, CancellationToken cancellationToken = default) => checkpoint.ForgetAsync(file, cancellationToken);
    }
}
