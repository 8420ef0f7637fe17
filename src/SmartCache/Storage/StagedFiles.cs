using SmartCache.Storage.Platform;

namespace SmartCache.Storage;

/// <summary>
/// The files of an entry in the making, and how each gets there on the job's path: by link, by clone, or held open to be copied later.
/// Nothing about the worker's file itself is changed.
/// </summary>
internal sealed class StagedFiles(LayerDirectory layer, FileTransfer transfer, string directory)
{
    private readonly List<StagedFile> _all = [];
    private readonly HashSet<string> _directories = new(StringComparer.Ordinal);

    public IReadOnlyList<StagedFile> All => _all;

    /// <summary>The directories below the entry's own that they lie in.</summary>
    public IReadOnlyCollection<string> Directories => _directories;

    /// <summary>Whether they were written straight into the staging, by a producer that was given a path inside it.</summary>
    public bool AreProduced { get; private set; }

    private UnixFileMode ReadBits => layer.FileMode & (UnixFileMode)0b100_100_100;

    public string PathOf(StagedFile file) => Path.Combine(directory, file.Path);

    /// <summary>Takes one of the worker's files.</summary>
    public void Take(string source, string relativePath)
    {
        var files = layer.FileSystem;
        if (files.Stat(source) is not { Kind: FileKind.Regular } facts)
        {
            throw new IOException($"'{Path.GetFileName(source)}' is not a regular file.");
        }

        var staged = Path.Combine(directory, relativePath);
        MakeParent(staged);
        if (transfer.MayClone)
        {
            using var handle = files.OpenRead(source);
            var cloned = files.Stat(handle);
            if (transfer.TryClone(handle, cloned, staged, layer.FileMode))
            {
                _all.Add(new StagedFile(relativePath, cloned, null, SharesInode: false));
                return;
            }
        }

        // Only a file that nobody else shares: another link may belong to another job, whose writes would reach the entry.
        // And only one that those who share the cache may read: what is linked keeps its mode.
        var mayBeLinked = transfer.MayLink && facts.Links == 1 && (facts.Mode & ReadBits) == ReadBits;
        if (mayBeLinked && files.TryLink(source, staged))
        {
            if (files.Stat(staged) is { Links: 2 } linked)
            {
                _all.Add(new StagedFile(relativePath, linked, null, SharesInode: true));
                return;
            }

            files.Delete(staged);
        }
        else if (mayBeLinked)
        {
            transfer.NoteNotLinkable();
        }

        Hold(source, relativePath);
    }

    /// <summary>
    /// A file that was written straight into the staging directory. One that has another name too, which the cache did not make, is copied like a worker's:
    /// whoever has that name may write to it.
    /// </summary>
    public void Own(string relativePath)
    {
        var path = Path.Combine(directory, relativePath);
        if (layer.FileSystem.Stat(path) is not { Kind: FileKind.Regular } facts)
        {
            throw new IOException($"'{Path.GetFileName(path)}' was not produced.");
        }

        for (var parent = Path.GetDirectoryName(path)!; parent.Length > directory.Length; parent = Path.GetDirectoryName(parent)!)
        {
            _directories.Add(parent);
        }

        AreProduced = true;
        if (facts.Links <= 1)
        {
            _all.Add(new StagedFile(relativePath, facts, null, SharesInode: true));
            return;
        }

        Hold(path, relativePath);
    }

    /// <summary>Waits until the files' times are witnesses; see <see cref="StagedEntry.SettleAsync"/>.</summary>
    public async ValueTask<bool> SettleAsync(ContentHasher hasher, CancellationToken cancellationToken)
    {
        for (var i = 0; i < _all.Count; i++)
        {
            // The wait for one is a wait for all that are older.
            if (_all[i] is { Witness.IsSettled: false } young)
            {
                if (!await hasher.SettleAsync(young.Witness, cancellationToken).ConfigureAwait(false))
                {
                    return false;
                }

                young.Source?.Settled();
                _all[i] = young with { Witness = young.Witness with { IsSettled = true } };
            }
        }

        return true;
    }

    /// <summary>Notes that the bytes of a held file lie in the staging by now.</summary>
    public void SetCopied(int index) => _all[index] = _all[index] with { IsCopied = true };

    /// <summary>Makes sure that a file is as it was taken.</summary>
    /// <exception cref="WorkerChangedFileException">The worker wrote to it meanwhile.</exception>
    public void EnsureUnchanged(StagedFile file)
    {
        // Clones and copies are out of the worker's reach, and a held file looks for itself.
        if (file.SharesInode && (layer.FileSystem.Stat(PathOf(file)) is not { } facts || !facts.IsUnchangedFrom(file.Witness)))
        {
            throw new WorkerChangedFileException(file.Path);
        }
    }

    /// <summary>Closes the worker's files that are only held open to be copied. They are looked for again by their paths, and must be untouched.</summary>
    public void LetGo()
    {
        foreach (var file in _all)
        {
            file.Source?.Dispose();
        }
    }

    private void Hold(string path, string relativePath)
    {
        var held = new HeldFile(layer.FileSystem, path, transfer.Handles);
        _all.Add(new StagedFile(relativePath, held.Witness, held, SharesInode: false));
    }

    private void MakeParent(string path)
    {
        var parent = Path.GetDirectoryName(path)!;
        if (parent.Length > directory.Length && _directories.Add(parent))
        {
            layer.MakeDirectory(parent);
            MakeParent(parent);
        }
    }
}
