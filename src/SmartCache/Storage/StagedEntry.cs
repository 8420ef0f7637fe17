using SmartCache.Storage.Platform;

namespace SmartCache.Storage;

/// <summary>
/// An entry in the making. <see cref="Take"/> is the part on the job's path: it links, clones or holds each of the worker's files, in microseconds,
/// after which the worker may delete or overwrite them at once. In the background <see cref="Hash"/> reads, which takes no space; <see cref="CopyIn"/>
/// and <see cref="Finish"/> copy, flush and write the manifest, for which space must have been reserved.
/// Disposing throws the staging away unless it was published.
/// </summary>
internal sealed class StagedEntry : IDisposable
{
    private const int BlockSize = 4096;

    /// <summary>For what belongs to an entry beside its files: directories, and the records by which it is found.</summary>
    private const int SpaceBeside = 4 * BlockSize;

    /// <summary>The manifest, the lock, and the records by which the entry is found: a key, facts, the job's state.</summary>
    private const int InodesBeside = 5;

    private readonly LayerDirectory _layer;
    private readonly FileTransfer _transfer;
    private readonly List<StagedFile> _files = [];
    private readonly HashSet<string> _directories = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _hashes = new(StringComparer.Ordinal);
    private long _allocated;
    private bool _isProducers;
    private string? _trash;

    public StagedEntry(LayerDirectory layer, FileTransfer transfer)
    {
        _layer = layer;
        _transfer = transfer;
        Directory = layer.NewStagingPath();
        layer.MakeDirectory(Directory);
    }

    public string Directory { get; }

    /// <summary>Is told of each piece that is hashed, copied or flushed.</summary>
    public Action? Moved { get; set; }

    /// <summary>Bytes of the files taken.</summary>
    public long Length => _files.Sum(static file => file.Witness.Length);

    public IReadOnlyList<StagedFile> Files => _files;

    /// <summary>What the published entry will take at most.</summary>
    public long SpaceNeeded => ManifestSpace + _files.Sum(static file => Blocks(file.Witness.Length));

    /// <summary>What of it has still to be written: links and clones take no space of their own.</summary>
    public long SpaceToWrite => ManifestSpace + _files.Where(static file => file.Source is not null).Sum(static file => Blocks(file.Witness.Length));

    /// <summary>Files and directories that have to be made for it: links and clones are there already.</summary>
    public long InodesToMake => InodesBeside + _directories.Count + _files.Count(static file => file.Source is not null);

    /// <summary>Whether <see cref="CopyIn"/> has something to do.</summary>
    public bool NeedsCopy => _files.Any(static file => file is { Source: not null, IsCopied: false });

    /// <summary>Allocated bytes that became an entry's; not 0 also while nobody knows whether they did.</summary>
    public long StoredBytes { get; private set; }

    private UnixFileMode ReadBits => _layer.FileMode & (UnixFileMode)0b100_100_100;

    // Lines of at most its path and 220 characters for each file.
    private long ManifestSpace => SpaceBeside + (_directories.Count * BlockSize) + Blocks(4096 + _files.Sum(static file => 220L + file.Path.Length));

    /// <summary>Takes one of the worker's files. Nothing about the file itself is changed.</summary>
    public void Take(string source, string relativePath)
    {
        var files = _layer.FileSystem;
        if (files.Stat(source) is not { Kind: FileKind.Regular } facts)
        {
            throw new IOException($"'{Path.GetFileName(source)}' is not a regular file.");
        }

        var staged = Path.Combine(Directory, relativePath);
        MakeParent(staged);
        if (_transfer.MayClone)
        {
            using var handle = files.OpenRead(source);
            var cloned = files.Stat(handle);
            if (_transfer.TryClone(handle, cloned, staged, _layer.FileMode))
            {
                _files.Add(new StagedFile(relativePath, cloned, null, SharesInode: false));
                return;
            }
        }

        // Only a file that nobody else shares: another link may belong to another job, whose writes would reach the entry.
        // And only one that those who share the cache may read: what is linked keeps its mode.
        var mayBeLinked = _transfer.MayLink && facts.Links == 1 && (facts.Mode & ReadBits) == ReadBits;
        if (mayBeLinked && files.TryLink(source, staged))
        {
            if (files.Stat(staged) is { Links: 2 } linked)
            {
                _files.Add(new StagedFile(relativePath, linked, null, SharesInode: true));
                return;
            }

            File.Delete(staged);
        }
        else if (mayBeLinked)
        {
            _transfer.NoteNotLinkable();
        }

        var held = new HeldFile(source, _transfer.Handles);
        _files.Add(new StagedFile(relativePath, held.Witness, held, SharesInode: false));
    }

    /// <summary>
    /// A file that was written straight into the staging directory, by a producer that was given a path inside it. One that has another name too, which the
    /// cache did not make, is copied like a worker's: whoever has that name may write to it.
    /// </summary>
    public void Own(string relativePath)
    {
        var path = Path.Combine(Directory, relativePath);
        if (_layer.FileSystem.Stat(path) is not { Kind: FileKind.Regular } facts)
        {
            throw new IOException($"'{Path.GetFileName(path)}' was not produced.");
        }

        for (var parent = Path.GetDirectoryName(path)!; parent.Length > Directory.Length; parent = Path.GetDirectoryName(parent)!)
        {
            _directories.Add(parent);
        }

        _isProducers = true;
        if (facts.Links <= 1)
        {
            _files.Add(new StagedFile(relativePath, facts, null, SharesInode: true));
            return;
        }

        var held = new HeldFile(path, _transfer.Handles);
        _files.Add(new StagedFile(relativePath, held.Witness, held, SharesInode: false));
    }

    /// <summary>
    /// The worker's files are witnessed by their modification times; waits the milliseconds, or the 2 s, until those are worth something. The worker must not have
    /// its files back before: a write that leaves the time as it was is proven by nothing that is looked at later.
    /// </summary>
    /// <returns>False where they will not be: the files cannot be stored.</returns>
    public async ValueTask<bool> SettleAsync(ContentHasher hasher, CancellationToken cancellationToken)
    {
        for (var i = 0; i < _files.Count; i++)
        {
            // The wait for one is a wait for all that are older.
            if (_files[i] is { Witness.IsSettled: false } young)
            {
                if (!await hasher.SettleAsync(young.Witness, cancellationToken).ConfigureAwait(false))
                {
                    return false;
                }

                young.Source?.Settled();
                _files[i] = young with { Witness = young.Witness with { IsSettled = true } };
            }
        }

        return true;
    }

    /// <summary>Hashes everything, from where the bytes are.</summary>
    /// <exception cref="WorkerChangedFileException">The worker wrote to a file meanwhile: what is staged is of no use.</exception>
    public IReadOnlyList<ManifestFile> Hash(ContentHasher hasher, OperationPulse pulse)
    {
        pulse.Beaten = Moved;
        var hashed = new List<ManifestFile>(_files.Count);
        foreach (var file in _files.OrderBy(static file => file.Path, StringComparer.Ordinal))
        {
            hashed.Add(new ManifestFile(file.Path, file.Witness.Length, HashOne(file, hasher, pulse)));
        }

        return hashed;
    }

    /// <summary>Copies what was neither linked nor cloned, once it is hashed.</summary>
    /// <exception cref="WorkerChangedFileException">The worker wrote to a file meanwhile.</exception>
    public void CopyIn(OperationPulse pulse)
    {
        pulse.Beaten = Moved;
        for (var i = 0; i < _files.Count; i++)
        {
            if (_files[i] is { Source: { } source } file && !file.IsCopied)
            {
                var staged = Path.Combine(Directory, file.Path);

                // A producer's own link has the name already, and keeps it until there is a whole copy: what cannot be stored is the caller's file.
                // Under a name that no producer uses: a copy that fails deletes what has its name.
                var copied = _isProducers ? Path.Combine(Directory, Guid.NewGuid().ToString("N")) : staged;
                var hash = source.Read(open =>
                {
                    FileTransfer.Copy(open, file.Witness, copied, _layer.FileMode, pulse);
                    using var copy = _layer.FileSystem.OpenRead(copied);
                    return ContentHasher.Hash(copy, pulse);
                });

                // The copy is what is promised, so the copy is what must have the hash.
                if (hash != _hashes[file.Path])
                {
                    File.Delete(copied);
                    throw new WorkerChangedFileException(file.Path);
                }

                source.Dispose();
                if (copied != staged)
                {
                    pulse.Beat();
                    File.Move(copied, staged, overwrite: true);
                }

                _files[i] = file with { IsCopied = true };
            }
        }
    }

    /// <summary>Flushes what is not flushed yet, writes the manifest last, flushes the directories. The staging is then ready to be published.</summary>
    /// <exception cref="InvalidDataException">No reader would take a manifest so large.</exception>
    public Manifest Finish(ManifestContent content, OperationPulse pulse)
    {
        var files = _layer.FileSystem;
        CopyIn(pulse);
        var flushed = _files.Where(static file => file.SharesInode).Select(static file => file.Path).ToHashSet(StringComparer.Ordinal);
        var modified = new long[content.Files.Count];
        for (var i = 0; i < content.Files.Count; i++)
        {
            var path = Path.Combine(Directory, content.Files[i].Path);
            if (!flushed.Contains(content.Files[i].Path))
            {
                files.Flush(path, pulse);
            }

            var facts = files.Stat(path)!.Value;
            modified[i] = facts.ModifiedNanoseconds;
            _allocated += facts.AllocatedBytes;
        }

        var modes = _files.ToDictionary(static file => file.Path, static file => (int)file.Witness.Permissions, StringComparer.Ordinal);
        var manifest = new Manifest(content, modified) { Modes = [.. content.Files.Select(file => modes[file.Path])] };
        var manifestPath = Path.Combine(Directory, Manifest.FileName);
        var written = ManifestFormat.Write(manifest);
        if (written.Length > ManifestFormat.MaxNewBytes)
        {
            throw new InvalidDataException($"its manifest would have {written.Length} bytes, at most {ManifestFormat.MaxNewBytes} can be stored");
        }

        StateFile.WriteNew(_layer, manifestPath, written, flush: true);
        _allocated += files.Stat(manifestPath)!.Value.AllocatedBytes;
        foreach (var directory in _directories.Append(Directory))
        {
            files.Flush(directory);
            _allocated += files.Stat(directory)!.Value.AllocatedBytes;
        }

        // The last look at what the manifest now promises: a write between hashing and this line shows in time or size. Copies are the cache's own.
        foreach (var file in _files)
        {
            EnsureUnchanged(file);
        }

        return manifest;
    }

    /// <summary>Closes the worker's files that are only held open to be copied. They are looked for again by their paths, and must be untouched.</summary>
    public void LetGo()
    {
        foreach (var file in _files)
        {
            file.Source?.Dispose();
        }
    }

    /// <summary>
    /// Makes the finished staging an entry, or leases the one that is there. Names are cut hashes, and an entry can be copied to another's name:
    /// one that <paramref name="isSame"/> does not take for this one makes room.
    /// </summary>
    public EntryLease? PublishAs(string name, EntryStore entries, Manifest manifest, Func<Manifest, bool> isSame, OperationPulse pulse)
    {
        // Before the rename: whoever is given up in the middle of it has stored something, for all anybody knows.
        StoredBytes = _allocated + SpaceBeside;
        var lease = entries.Publish(name, Directory, manifest, pulse);
        try
        {
            if (lease is not null && !isSame(lease.Manifest))
            {
                lease.Dispose();
                entries.Remove(name, EntryRemoval.Trash, "it is another one's, under this name");
                lease = entries.Publish(name, Directory, manifest, pulse);
            }

            if (lease is not null && !isSame(lease.Manifest))
            {
                lease.Dispose();
                lease = null;
            }

            if (_layer.FileSystem.Stat(Directory) is not null)
            {
                StoredBytes = 0;
            }

            return lease;
        }
        catch
        {
            // Nobody is given it, so nobody else ends it.
            lease?.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Throws away what was not published; its reservation may be given back only then. What a producer wrote into the staging itself stays: where it cannot
    /// be stored it is the caller's own file.
    /// </summary>
    /// <returns>Whether nothing of it takes space any more.</returns>
    /// <exception cref="OperationCanceledException">Nobody waits for it any more; what is left lies in the trash.</exception>
    public bool TryThrowAway(OperationPulse pulse)
    {
        if (_isProducers)
        {
            return true;
        }

        ThrowAway(pulse);
        return _layer.FileSystem.Stat(Directory) is null && (_trash is null || _layer.FileSystem.Stat(_trash) is null);
    }

    public void Dispose() => ThrowAway(OperationPulse.Unwatched(CancellationToken.None));

    private void ThrowAway(OperationPulse pulse)
    {
        LetGo();

        try
        {
            _trash = _layer.MoveToTrash(Directory) ?? _trash;
            if (_trash is not null)
            {
                TreeRemoval.Delete(_trash, pulse);
            }
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            // What stays behind is in the trash, or is swept when this writer's lock is free.
        }
    }

    private string HashOne(StagedFile file, ContentHasher hasher, OperationPulse pulse)
    {
        if (file.Source is { } source)
        {
            return Checked(file, source.Read(open => ContentHasher.Hash(open, pulse)), hasher);
        }

        var path = Path.Combine(Directory, file.Path);
        if (file.SharesInode)
        {
            // A write through a map moves the time of a clean page only: once all pages are written back, every later write shows.
            // Flushed before the hash and not after it, a write to a page that is dirty by now is in the hash.
            _layer.FileSystem.Flush(path, pulse);
            EnsureUnchanged(file);
        }

        using var handle = _layer.FileSystem.OpenRead(path);
        return Checked(file, ContentHasher.Hash(handle, pulse), hasher);
    }

    private string Checked(StagedFile file, string hash, ContentHasher hasher)
    {
        EnsureUnchanged(file);
        hasher.Remember(file.Witness, hash);
        return _hashes[file.Path] = hash;
    }

    private static long Blocks(long bytes) => (bytes + BlockSize - 1) / BlockSize * BlockSize;

    private void EnsureUnchanged(StagedFile file)
    {
        // Clones and copies are out of the worker's reach, and a held file looks for itself.
        if (file.SharesInode && (_layer.FileSystem.Stat(Path.Combine(Directory, file.Path)) is not { } facts || !facts.IsUnchangedFrom(file.Witness)))
        {
            throw new WorkerChangedFileException(file.Path);
        }
    }

    private void MakeParent(string path)
    {
        var parent = Path.GetDirectoryName(path)!;
        if (parent.Length > Directory.Length && _directories.Add(parent))
        {
            _layer.MakeDirectory(parent);
            MakeParent(parent);
        }
    }
}
