namespace SmartCache.Hosting;

/// <summary>The presence check that the worker registered, made when the first target is to be asked.</summary>
internal sealed class LateUploadPresence(WorkerHelpers helpers) : IUploadPresence
{
    public ValueTask<Presence> CheckAsync(UploadTarget target, string cid, CancellationToken cancellationToken = default) =>
        helpers.Get<IUploadPresence>().CheckAsync(target, cid, cancellationToken);
}
