using SmartCache.Abstractions;
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
    private readonly LayerDirectory _layer;
    private readonly StagedFiles _files;
    private readonly StagedBytes _bytes;
    private long _allocated;
    private string? _trash;

    public StagedEntry(LayerDirectory layer, FileTransfer transfer)
    {
        _layer = layer;
        Directory = layer.NewStagingPath();
        _files = new StagedFiles(layer, transfer, Directory);
        _bytes = new StagedBytes(layer, transfer, _files, Directory);
        layer.MakeDirectory(Directory);
    }

    public string Directory { get; }

    /// <summary>Is told of each piece that is hashed, copied or flushed.</summary>
    public Action? Moved { get; set; }

    /// <summary>Bytes of the files taken.</summary>
    public long Length => Files.Sum(static file => file.Witness.Length);

    public IReadOnlyList<StagedFile> Files => _files.All;

    /// <inheritdoc cref="StagedSpace.Needed"/>
    public long SpaceNeeded => StagedSpace.Needed(_files);

    /// <inheritdoc cref="StagedSpace.ToWrite"/>
    public long SpaceToWrite => StagedSpace.ToWrite(_files);

    /// <inheritdoc cref="StagedSpace.InodesToMake"/>
    public long InodesToMake => StagedSpace.InodesToMake(_files);

    /// <summary>Whether <see cref="CopyIn"/> has something to do.</summary>
    public bool NeedsCopy => Files.Any(static file => file is { Source: not null, IsCopied: false });

    /// <summary>Allocated bytes that became an entry's; not 0 also while nobody knows whether they did.</summary>
    public long StoredBytes { get; private set; }

    /// <inheritdoc cref="StagedFiles.Take"/>
    public void Take(string source, string relativePath) => _files.Take(source, relativePath);

    /// <inheritdoc cref="StagedFiles.Own"/>
    public void Own(string relativePath) => _files.Own(relativePath);

    /// <summary>
    /// The worker's files are witnessed by their modification times; waits the milliseconds, or the 2 s, until those are worth something. The worker must not have
    /// its files back before: a write that leaves the time as it was is proven by nothing that is looked at later.
    /// </summary>
    /// <returns>False where they will not be: the files cannot be stored.</returns>
    public ValueTask<bool> SettleAsync(ContentHasher hasher, CancellationToken cancellationToken) => _files.SettleAsync(hasher, cancellationToken);

    /// <summary>Hashes everything, from where the bytes are.</summary>
    /// <exception cref="WorkerChangedFileException">The worker wrote to a file meanwhile: what is staged is of no use.</exception>
    public IReadOnlyList<ManifestFile> Hash(ContentHasher hasher, OperationPulse pulse, IHashedBytes? also = null)
    {
        pulse.Beaten = Moved;
        return _bytes.Hash(hasher, pulse, also);
    }

    /// <summary>Copies what was neither linked nor cloned, once it is hashed.</summary>
    /// <exception cref="WorkerChangedFileException">The worker wrote to a file meanwhile.</exception>
    public void CopyIn(OperationPulse pulse)
    {
        pulse.Beaten = Moved;
        _bytes.CopyIn(pulse);
    }

    /// <summary>Flushes what is not flushed yet, writes the manifest last, flushes the directories. The staging is then ready to be published.</summary>
    /// <exception cref="InvalidDataException">No reader would take a manifest so large.</exception>
    public Manifest Finish(ManifestContent content, OperationPulse pulse)
    {
        CopyIn(pulse);
        var manifest = new Manifest(content, FlushFiles(content, pulse)) { Modes = ModesOf(content) };
        WriteManifest(manifest);
        var files = _layer.FileSystem;
        foreach (var directory in _files.Directories.Append(Directory))
        {
            files.Flush(directory);
            _allocated += files.Stat(directory)!.Value.AllocatedBytes;
        }

        // The last look at what the manifest now promises: a write between hashing and this line shows in time or size. Copies are the cache's own.
        foreach (var file in Files)
        {
            _files.EnsureUnchanged(file);
        }

        return manifest;
    }

    /// <inheritdoc cref="StagedFiles.LetGo"/>
    public void LetGo() => _files.LetGo();

    /// <summary>
    /// Makes the finished staging an entry, or leases the one that is there. Names are cut hashes, and an entry can be copied to another's name:
    /// one that <paramref name="isSame"/> does not take for this one makes room.
    /// </summary>
    public EntryLease? PublishAs(string name, EntryStore entries, Manifest manifest, Func<Manifest, bool> isSame, OperationPulse pulse, out Reason why)
    {
        // Before the rename: whoever is given up in the middle of it has stored something, for all anybody knows.
        StoredBytes = _allocated + StagedSpace.Beside;
        var lease = entries.Publish(name, Directory, manifest, pulse, out why);
        try
        {
            if (lease is not null && !isSame(lease.Manifest))
            {
                lease.Dispose();
                entries.Remove(name, EntryRemoval.Trash, "it is another one's, under this name");
                lease = entries.Publish(name, Directory, manifest, pulse, out why);
            }

            if (lease is not null && !isSame(lease.Manifest))
            {
                lease.Dispose();
                lease = null;
                why = new(CacheReason.OtherContent, "another one lies under its name");
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
        if (_files.AreProduced)
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
                TreeRemoval.Delete(_layer.FileSystem, _trash, pulse);
            }
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            // What stays behind is in the trash, or is swept when this writer's lock is free.
        }
    }

    /// <returns>The files' times, as they are in the entry.</returns>
    private long[] FlushFiles(ManifestContent content, OperationPulse pulse)
    {
        var files = _layer.FileSystem;
        var flushed = Files.Where(static file => file.SharesInode).Select(static file => file.Path).ToHashSet(StringComparer.Ordinal);
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

        return modified;
    }

    private int[] ModesOf(ManifestContent content)
    {
        var modes = Files.ToDictionary(static file => file.Path, static file => (int)file.Witness.Permissions, StringComparer.Ordinal);
        return [.. content.Files.Select(file => modes[file.Path])];
    }

    private void WriteManifest(Manifest manifest)
    {
        var path = Path.Combine(Directory, Manifest.FileName);
        var written = ManifestFormat.Write(manifest);
        if (written.Length > ManifestFormat.MaxNewBytes)
        {
            throw new InvalidDataException($"its manifest would have {written.Length} bytes, at most {ManifestFormat.MaxNewBytes} can be stored");
        }

        StateFile.WriteNew(_layer, path, written, flush: true);
        _allocated += _layer.FileSystem.Stat(path)!.Value.AllocatedBytes;
    }
}
