using SmartCache.Storage;
using SmartCache.Storage.Platform;

namespace SmartCache.Layers;

/// <summary>Files that a caller reads by path, and what keeps them there: a lease on the entry, or files that are lent. Disposing twice does nothing.</summary>
internal sealed class LeasedFiles : IAsyncDisposable
{
    private readonly EntryLayer _layer;
    private readonly LentFiles? _lent;

    public LeasedFiles(EntryLayer layer, EntryLease lease)
    {
        _layer = layer;
        Lease = lease;
    }

    public LeasedFiles(EntryLayer layer, LentFiles lent)
    {
        _layer = layer;
        _lent = lent;
    }

    public EntryLease? Lease { get; }

    /// <summary>Where lent files lie; <see langword="null"/> where they are the entry's own.</summary>
    public string? LentPath => _lent?.Path;

    /// <summary>The first file.</summary>
    public string FirstPath => Lease is { } lease ? lease.PathOf(lease.Manifest.Content.Files[0]) : _lent!.FirstPath;

    /// <summary>
    /// Files of a lease that no other job writes to: its own where nobody else has one by hard link, else lent ones, and where there is no space for those its own all
    /// the same. <see langword="null"/> where the entry has just been found changed. Takes the lease over.
    /// </summary>
    /// <param name="layer">The entry's.</param>
    /// <param name="keeper">Who gives the space for lent files.</param>
    /// <param name="lease">The entry.</param>
    /// <param name="files">Its files, and what they are called where they are lent.</param>
    /// <param name="own">The caller's own files that it was stored from, which it may share with itself.</param>
    /// <param name="production">Released before files are lent: nobody waits for a copy as for a production.</param>
    /// <param name="cancellationToken">Ends the copy.</param>
    public static async ValueTask<LeasedFiles?> OfAsync(
        EntryLayer layer,
        SpaceKeeper keeper,
        EntryLease lease,
        IReadOnlyList<(int Index, string RelativePath)> files,
        IEnumerable<(int Index, string Path)>? own,
        Production? production,
        CancellationToken cancellationToken)
    {
        var held = lease;
        try
        {
            var mayBeRead = !lease.IsShared
                || (own is not null && await layer.Boundary.AttemptAsync("check", false, _ => lease.IsSharedOnlyWith(own), cancellationToken).ConfigureAwait(false));
            if (!mayBeRead)
            {
                await layer.ReleaseAsync(production).ConfigureAwait(false);
                var (lent, hasChanged) = await LentFiles.MakeAsync(layer, keeper, lease, files, cancellationToken).ConfigureAwait(false);
                if (lent is not null || hasChanged)
                {
                    return lent is null ? null : new LeasedFiles(layer, lent);
                }
            }

            held = null;
            return new LeasedFiles(layer, lease);
        }
        finally
        {
            if (held is not null)
            {
                await layer.ReleaseAsync(held).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Gives the caller a file of its own.</summary>
    public MaterializedBy Materialize(string destination, OperationPulse pulse) => Lease is not null
        ? _layer.Materializer.File(Lease, 0, destination, pulse)
        : _layer.Materializer.File(_lent!.Files[0].File, destination, pulse);

    /// <summary>Gives the caller files of its own, in a directory that is made where it does not exist.</summary>
    public MaterializedBy Materialize(Func<ManifestContent, IReadOnlyList<(int Index, string RelativePath)>> filesOf, string directory, OperationPulse pulse)
    {
        _layer.Files.MakeDirectory(directory);
        return Lease is not null
            ? _layer.Materializer.Files(Lease, filesOf(Lease.Manifest.Content), directory, pulse)
            : _layer.Materializer.Files(_lent!.Files, directory, pulse);
    }

    /// <summary>Whether the files are still those that were given out.</summary>
    public ValueTask<bool> IsIntactAsync(CancellationToken cancellationToken) => Lease is null
        ? _lent!.IsIntactAsync(cancellationToken)
        : _layer.Boundary.AttemptAsync("check", false, Lease.IsIntact, cancellationToken);

    public ValueTask DisposeAsync() => _lent?.DisposeAsync() ?? _layer.ReleaseAsync(Lease);
}
