namespace SmartCache.Pool;

/// <summary>An uploader that tells of each file that its target has confirmed, and takes its time for it.</summary>
internal sealed class CountedUpload(IIpfsUploader inner, TimeSpan pause, Action confirmed) : IIpfsUploader
{
    public Task<UploadResult> UploadAsync(UploadRequest request, IProgress<StageProgress>? progress = null, CancellationToken cancellationToken = default) =>
        inner.UploadAsync(request with { Session = new Session(request.Session!, pause, confirmed) }, progress, cancellationToken);

    private sealed class Session(IUploadSession inner, TimeSpan pause, Action confirmed) : IUploadSession
    {
        public UploadTarget? PreferredTarget => inner.PreferredTarget;

        public IReadOnlyList<UploadFile> Files => inner.Files;

        public IReadOnlyList<string> PassedBy => inner.PassedBy;

        public IUploadCheckpoint For(UploadTarget target) => new Checkpoint(inner.For(target), pause, confirmed);

        public ValueTask CompleteAsync(UploadResult result, CancellationToken cancellationToken = default) => inner.CompleteAsync(result, cancellationToken);

        public ValueTask FailAsync(Exception exception, CancellationToken cancellationToken = default) => inner.FailAsync(exception, cancellationToken);

        public ValueTask DisposeAsync() => inner.DisposeAsync();
    }

    private sealed class Checkpoint(IUploadCheckpoint inner, TimeSpan pause, Action confirmed) : IUploadCheckpoint
    {
        public bool TryGetCid(UploadFile file, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out string? cid) => inner.TryGetCid(file, out cid);

        public async ValueTask RecordFileAsync(UploadFile file, string cid, CancellationToken cancellationToken = default)
        {
            await inner.RecordFileAsync(file, cid, cancellationToken);
            confirmed();
            await Task.Delay(pause, cancellationToken);
        }

        public ValueTask RecordProfileAsync(EncodedProfile profile, string cid, CancellationToken cancellationToken = default) => inner.RecordProfileAsync(profile, cid, cancellationToken);

        public ValueTask ForgetAsync(UploadFile file, CancellationToken cancellationToken = default) => inner.ForgetAsync(file, cancellationToken);
    }
}
