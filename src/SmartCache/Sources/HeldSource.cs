using SmartCache.Layers;
using SmartCache.Storage.Platform;

namespace SmartCache.Sources;

/// <summary>A cached video by a lease on its entry, or a copy that is lent in its place.</summary>
internal sealed class HeldSource(LeasedFiles files, SourceMedia media, CacheOutcome outcome) : CachedSource
{
    public override string Path { get; } = files.FirstPath;

    public override SourceMedia Media => media;

    public override CacheOutcome Outcome => outcome;

    public override Task<MaterializedBy> MaterializeAsync(string destination, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(destination);
        return Task.Run(() => files.Materialize(destination, OperationPulse.Unwatched(cancellationToken)), cancellationToken).WaitAsync(cancellationToken);
    }

    public override ValueTask<bool> IsIntactAsync(CancellationToken cancellationToken = default) => files.IsIntactAsync(cancellationToken);

    public override ValueTask DisposeAsync() => files.DisposeAsync();
}
