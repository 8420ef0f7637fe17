using SmartCache.Storage.Platform;

namespace SmartCache.Storage;

/// <summary>
/// A shared hold on one entry: its lock file is locked shared, so nobody renames the entry away. Disposing twice does nothing;
/// the last lease of a condemned entry moves it to the trash.
/// </summary>
internal sealed class EntryLease(EntryStore store, string name, Manifest manifest, FileLock hold, bool isShared = false) : IDisposable
{
    private FileLock? _hold = hold;

    public FileSystem FileSystem { get; } = store.Layer.FileSystem;

    public string Name { get; } = name;

    public Manifest Manifest { get; } = manifest;

    public string Directory { get; } = store.PathOf(name);

    /// <summary>Whether no other lease on this entry exists, in any process. A lease taken right after the answer is like one taken after a link was made.</summary>
    public bool IsSole => _hold is { } hold && FileSystem.IsOnlyHolder(hold);

    /// <summary>
    /// Whether somebody else had one of the files by hard link when the lease was taken. While a lease is held no further link is made by anybody but its holder,
    /// so that a file that was not shared then never is. Of what was just published it is <see langword="false"/>: the files are its publisher's.
    /// </summary>
    public bool IsShared { get; } = isShared;

    /// <summary>Whether all that is shared is shared with these files of the caller's.</summary>
    public bool IsSharedOnlyWith(IEnumerable<(int Index, string Path)> own) => own.All(one =>
        FileSystem.Stat(PathOf(Manifest.Content.Files[one.Index])) is { } mine
        && (mine.Links <= 1 || (mine.Links == 2 && FileSystem.Stat(one.Path) is { } theirs && (theirs.Device, theirs.Inode) == (mine.Device, mine.Inode))));

    public string PathOf(ManifestFile file) => Path.Combine(Directory, file.Path);

    /// <summary>Whether the files still look as the manifest says, and if they only look younger, whether their bytes do.</summary>
    public bool IsIntact(OperationPulse pulse) => store.IsIntact(Name, Manifest, pulse);

    /// <summary>The next look-up reads every byte of the entry.</summary>
    public void Doubt() => store.Doubt(Name, Manifest);

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _hold, null) is { } hold)
        {
            hold.Dispose();
            store.OnLeaseEnded(Name);
        }
    }
}
