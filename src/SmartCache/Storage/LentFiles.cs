using SmartCache.Space;

namespace SmartCache.Storage;

/// <summary>
/// Files that a lease hands out by path and that are not an entry's: what a worker produced and the cache could not keep, or what is made where a job
/// still shares the entry's own files by hard link. Gone with the lease.
/// <para>
/// A shared file is not handed out, because its other owner may write into it at any time, and .NET's <c>File</c> locks the inode that it reads: the other
/// job's write in place would be refused. It is the rule of the single sharer seen from the other side: no link while there is a lease, no lease while there is a link.
/// </para>
/// </summary>
internal sealed class LentFiles(CacheLayer layer, IDisposable files, string path, SpaceReservation? space = null) : IAsyncDisposable
{
    private const int BlockSize = 4096;
    private IDisposable? _files = files;

    /// <summary>The file, or the directory of several.</summary>
    public string Path { get; } = path;

    /// <summary>
    /// Makes the caller's own files out of a leased entry, into the layer's staging: a crash leaves nothing that is not swept. <see langword="null"/> where there is
    /// no space for them, or the entry changed meanwhile. Not watched by the policy: they are nobody's entry, and gone soon.
    /// </summary>
    /// <param name="layer">The entry's.</param>
    /// <param name="lease">The entry; still the caller's to dispose of.</param>
    /// <param name="files">Which of its files, and under which names.</param>
    /// <param name="cancellationToken">Ends a copy.</param>
    public static async ValueTask<LentFiles?> MakeAsync(
        CacheLayer layer, EntryLease lease, IReadOnlyList<(int Index, string RelativePath)> files, CancellationToken cancellationToken)
    {
        var bytes = BlockSize + files.Sum(file => Blocks(lease.Manifest.Content.Files[file.Index].Length));
        var request = new SpaceRequest(layer.Directory, bytes, bytes);
        if (await layer.Space.ReserveAsync(request, EntryStore.Short(lease.Name), cancellationToken).ConfigureAwait(false) is not { } space)
        {
            return null;
        }

        PrivateDirectory? directory = null;
        try
        {
            directory = await layer.Boundary.AttemptAsync("lend", null, pulse => Place(layer, lease, files, pulse), cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            if (directory is null)
            {
                await space.DisposeAsync().ConfigureAwait(false);
            }
        }

        return directory is null ? null : new LentFiles(layer, directory, directory.Path, space);
    }

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _files, null) is { } files)
        {
            await layer.ReleaseAsync(files).ConfigureAwait(false);
            if (space is not null)
            {
                await space.DisposeAsync().ConfigureAwait(false);
            }
        }
    }

    private static PrivateDirectory Place(CacheLayer layer, EntryLease lease, IReadOnlyList<(int Index, string RelativePath)> files, OperationPulse pulse)
    {
        var directory = PrivateDirectory.InStaging(layer.Directory);
        try
        {
            layer.Materializer.Files(lease, files, directory.Path, pulse);
            return directory;
        }
        catch
        {
            directory.Dispose();
            throw;
        }
    }

    private static long Blocks(long bytes) => (bytes + BlockSize - 1) / BlockSize * BlockSize;
}
