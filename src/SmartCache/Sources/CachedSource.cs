using SmartCache.Layers;
using SmartCache.Storage;
using SmartCache.Storage.Platform;

namespace SmartCache;

/// <summary>
/// A lease on a cached video. While it is held, <see cref="Path"/> stays valid, whatever is evicted, removed, cleared or quarantined.
/// The file is the cache's: read it, or take one of your own with <see cref="MaterializeAsync"/>. Disposing twice does nothing.
/// </summary>
public sealed class CachedSource : IAsyncDisposable
{
    private readonly CacheLayer _layer;
    private readonly EntryLease? _lease;
    private readonly LentFiles? _lent;

    internal CachedSource(CacheLayer layer, EntryLease lease, SourceMedia media, CacheOutcome outcome)
    {
        _layer = layer;
        _lease = lease;
        Path = lease.PathOf(lease.Manifest.Content.Files[0]);
        Media = media;
        Outcome = outcome;
    }

    internal CachedSource(CacheLayer layer, LentFiles lent, SourceMedia media, CacheOutcome outcome)
    {
        _layer = layer;
        _lent = lent;
        Path = lent.Files[0].File.Path;
        Media = media;
        Outcome = outcome;
    }

    /// <summary>The file inside the cache; read-only by agreement.</summary>
    /// <remarks>
    /// No other job has this file for its own: where one still shares the cached file by hard link, the lease holds a copy instead, which takes the time of copying it,
    /// and its space for as long as the lease is held. Only where there is no space for that it is the shared file: .NET's <c>File</c> locks what it reads, and a job
    /// that writes into its file in place meanwhile is refused. Of <see cref="ISourceCache.AddAsync"/> it is the caller's own file until the caller deletes
    /// that one, and after <see cref="MaterializeAsync"/> it can be the file that was made. A copy goes with the <see cref="CacheManager"/> at the latest.
    /// </remarks>
    public string Path { get; }

    /// <summary>Content hash, length and facts.</summary>
    public SourceMedia Media { get; }

    /// <summary>How it came here. <see cref="CacheOutcome.Bypass"/>: it could not be stored, and is deleted with the lease.</summary>
    public CacheOutcome Outcome { get; }

    internal EntryLease? Lease => _lease;

    /// <summary>Gives the caller a file of its own, replacing what is there.</summary>
    /// <param name="destination">The file to make; its directory is made too.</param>
    /// <param name="cancellationToken">Ends a copy.</param>
    /// <exception cref="IOException">The file could not be made, or the cached one is no longer what it was.</exception>
    public Task<MaterializedBy> MaterializeAsync(string destination, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(destination);
        return Task.Run(
            () =>
            {
                var pulse = OperationPulse.Unwatched(cancellationToken);
                return _lease is not null
                    ? _layer.Materializer.File(_lease, 0, destination, pulse)
                    : _layer.Materializer.File(_lent!.Files[0].File, destination, pulse);
            },
            cancellationToken);
    }

    /// <summary>Whether the file still has the bytes it was cached with; asks the modification time, and the hash where that differs.</summary>
    /// <param name="cancellationToken">Ends the check.</param>
    public ValueTask<bool> IsIntactAsync(CancellationToken cancellationToken = default) =>
        _lease is null
            ? _lent!.IsIntactAsync(cancellationToken)
            : _layer.Boundary.AttemptAsync("check", false, _lease.IsIntact, cancellationToken);

    /// <inheritdoc />
    public ValueTask DisposeAsync() => _lent?.DisposeAsync() ?? _layer.ReleaseAsync(_lease);
}
