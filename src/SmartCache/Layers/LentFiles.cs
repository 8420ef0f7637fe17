using SmartCache.Space;
using SmartCache.Storage;
using SmartCache.Storage.Platform;

namespace SmartCache.Layers;

/// <summary>
/// Files that a lease hands out by path and that are not an entry's: what a worker produced and the cache could not keep, or a copy that is made where a job
/// still shares the entry's own files by hard link. Gone with the lease, and at the latest with the process.
/// <para>
/// A shared file is not handed out, because its other owner may write into it at any time, and .NET's <c>File</c> locks the inode that it reads: the other
/// job's write in place would be refused. It is the rule of the single sharer seen from the other side: no link while there is a lease, no lease while there is a link.
/// </para>
/// </summary>
internal sealed class LentFiles : IAsyncDisposable
{
    private const int BlockSize = 4096;
    private readonly EntryLayer _layer;
    private readonly LentCopy? _copy;
    private readonly SpaceReservation? _space;
    private readonly long _bytes;
    private IDisposable? _owner;

    /// <summary>What was produced and could not be kept: a file, or a directory.</summary>
    public LentFiles(EntryLayer layer, IDisposable owner, string path)
    {
        _layer = layer;
        _owner = owner;
        Path = path;
    }

    private LentFiles(EntryLayer layer, LentCopy copy, SpaceReservation space, long bytes)
    {
        _layer = layer;
        _owner = _copy = copy;
        _space = space;
        _bytes = bytes;
        Path = copy.Directory!.Path;
    }

    public string Path { get; }

    /// <summary>The first file. Where nothing was copied it is all that there is, and the disk, which may hang, is not asked.</summary>
    public string FirstPath => _copy?.Files[0].File.Path ?? Path;

    /// <summary>The files, with their paths below <see cref="Path"/>; of one that is a file itself, that.</summary>
    public IReadOnlyList<(OriginalFile File, string RelativePath)> Files =>
        _copy?.Files ?? (_layer.Files.FileExists(Path)
            ? [(OriginalFile.At(_layer.Files, Path, null, "unpublished"), System.IO.Path.GetFileName(Path))]
            : [.. _layer.Files.ListFiles(Path, recursive: true).Select(path => (OriginalFile.At(_layer.Files, path, null, "unpublished"), System.IO.Path.GetRelativePath(Path, path)))]);

    /// <summary>
    /// Makes files of the caller's own out of a leased entry, into the layer's staging: a crash leaves nothing that is not swept. Nothing is evicted for it: what is
    /// lent is gone soon, and may not cost what others need. No files and no change: there is no space, or the disk failed.
    /// </summary>
    /// <param name="layer">The entry's.</param>
    /// <param name="keeper">Who gives the space.</param>
    /// <param name="lease">The entry; still the caller's to dispose of.</param>
    /// <param name="files">Which of its files, and under which names.</param>
    /// <param name="cancellationToken">Ends the copy.</param>
    public static async ValueTask<(LentFiles? Lent, bool EntryHasChanged)> MakeAsync(
        EntryLayer layer, SpaceKeeper keeper, EntryLease lease, IReadOnlyList<(int Index, string RelativePath)> files, CancellationToken cancellationToken)
    {
        // Two reservations, because on the disk the bytes are free only until they are written, and in the cache's account they are none of an entry's at all.
        var bytes = BlockSize + files.Sum(file => Blocks(lease.Manifest.Content.Files[file.Index].Length));
        if (await keeper.ReserveAtOnceAsync(new SpaceRequest(layer.Directory, bytes, 0), cancellationToken).ConfigureAwait(false) is not { } kept)
        {
            return default;
        }

        LentCopy? copy = null;
        PrivateDirectory? begun = null;
        try
        {
            if (await keeper.ReserveAtOnceAsync(new SpaceRequest(layer.Directory, 0, bytes) { Inodes = files.Count + 1 }, cancellationToken).ConfigureAwait(false) is { } writing)
            {
                await using (writing.ConfigureAwait(false))
                {
                    copy = await layer.Boundary.AttemptAsync("lend", null, pulse => Place(layer, lease, files, begun = PrivateDirectory.InStaging(layer.Directory), pulse), cancellationToken).ConfigureAwait(false);
                }
            }
        }
        finally
        {
            if (copy?.Directory is null)
            {
                // What cannot be deleted, or is not yet where the disk hangs, takes its space until the next count.
                await kept.StoredAsync(begun is null or { IsGone: true } ? 0 : bytes).ConfigureAwait(false);
            }
        }

        return copy switch
        {
            null => default,
            { Directory: null } => (null, true),
            _ => (new LentFiles(layer, copy, kept, bytes), false),
        };
    }

    /// <summary>Whether the files are still those that were lent; of what could not be kept only whether it is there.</summary>
    public ValueTask<bool> IsIntactAsync(CancellationToken cancellationToken) => _copy is null
        ? new ValueTask<bool>(Task.Run(() => _layer.Files.FileExists(Path) || _layer.Files.DirectoryExists(Path), cancellationToken).WaitAsync(cancellationToken))
        : _layer.Boundary.AttemptAsync(
            "check", false, pulse => _copy.Files.All(copy => IsIntact(copy.File, pulse)), cancellationToken);

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _owner, null) is { } owner)
        {
            await _layer.ReleaseAsync(owner).ConfigureAwait(false);
            if (_space is not null)
            {
                // What could not be deleted takes its space until the next count.
                await _space.StoredAsync(_copy!.Directory!.IsGone ? 0 : _bytes).ConfigureAwait(false);
            }
        }
    }

    // A copy has the time of what it is a copy of. Where that was too young when it was lent, the bytes tell.
    private bool IsIntact(in OriginalFile copy, OperationPulse pulse) =>
        _layer.Files.Stat(copy.Path) is { } facts && (copy.IsUnchanged(facts) || (!copy.IsSettled && _layer.Hasher.HashFile(copy.Path, pulse) == copy.Sha256));

    private static LentCopy Place(
        EntryLayer layer, EntryLease lease, IReadOnlyList<(int Index, string RelativePath)> files, PrivateDirectory directory, OperationPulse pulse)
    {
        try
        {
            layer.Materializer.Files(lease, files, directory.Path, pulse);
            return new LentCopy(directory, [.. files.Select(file => (Lent(lease, file.Index, directory, file.RelativePath), file.RelativePath))]);
        }
        catch (EntryChangedException)
        {
            // No fault: the job wrote into its own file. The next look-up finds the entry out.
            directory.Dispose();
            return new LentCopy(null, []);
        }
        catch
        {
            directory.Dispose();
            throw;
        }
    }

    private static OriginalFile Lent(EntryLease lease, int index, PrivateDirectory directory, string relativePath) =>
        OriginalFile.At(lease.FileSystem, System.IO.Path.Combine(directory.Path, relativePath), lease.Manifest.Content.Files[index].Sha256, lease.Name);

    private static long Blocks(long bytes) => (bytes + BlockSize - 1) / BlockSize * BlockSize;

    /// <summary>Disposable, so that one that arrives after its caller gave up is deleted. Without a directory: the entry changed.</summary>
    private sealed record LentCopy(PrivateDirectory? Directory, IReadOnlyList<(OriginalFile File, string RelativePath)> Files) : IDisposable
    {
        public void Dispose() => Directory?.Dispose();
    }
}
