using SmartCache.Storage;

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

    internal CachedSource(CacheLayer layer, LentFiles lent, string path, SourceMedia media, CacheOutcome outcome)
    {
        _layer = layer;
        _lent = lent;
        Path = path;
        Media = media;
        Outcome = outcome;
    }

    /// <summary>The file inside the cache; read-only by agreement.</summary>
    /// <remarks>
    /// No job has this file for its own: where one still shares the cached file by hard link, the lease holds a copy instead, which takes the time of copying it and its
    /// space for as long as the lease is held, and where there is no space there is no lease. Of <see cref="ISourceCache.AddAsync"/> it is the caller's
    /// own file until the caller deletes that one, and after <see cref="MaterializeAsync"/> it can be the file that was made.
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
                if (_lease is not null)
                {
                    return _layer.Materializer.File(_lease, 0, destination, pulse);
                }

                using var handle = Storage.Platform.FileSystem.Current.OpenRead(Path);
                Directory.CreateDirectory(System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(destination))!);
                File.Delete(destination);
                FileTransfer.Copy(handle, Storage.Platform.FileSystem.Current.Stat(handle), destination, mode: null, pulse);
                return MaterializedBy.Copy;
            },
            cancellationToken);
    }

    /// <summary>Whether the file still has the bytes it was cached with; asks the modification time, and the hash where that differs.</summary>
    /// <param name="cancellationToken">Ends the check.</param>
    public ValueTask<bool> IsIntactAsync(CancellationToken cancellationToken = default) =>
        _lease is null
            ? ValueTask.FromResult(File.Exists(Path))
            : _layer.Boundary.AttemptAsync("check", false, _lease.IsIntact, cancellationToken);

    /// <inheritdoc />
    public ValueTask DisposeAsync() => _lent?.DisposeAsync() ?? _layer.ReleaseAsync(_lease);
}
