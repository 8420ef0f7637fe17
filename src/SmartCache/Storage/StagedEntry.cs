using SmartCache.Storage.Platform;

namespace SmartCache.Storage;

/// <summary>
/// An entry in the making. <see cref="Take"/> is the part on the job's path: it links, clones or opens each of the worker's files, in microseconds,
/// after which the worker may delete or overwrite them at once. <see cref="Finish"/> is the part in the background: copy, hash, flush, manifest.
/// Disposing throws the staging away unless it was published.
/// </summary>
internal sealed class StagedEntry : IDisposable
{
    private readonly LayerDirectory _layer;
    private readonly FileTransfer _transfer;
    private readonly List<StagedFile> _files = [];
    private readonly HashSet<string> _directories = new(StringComparer.Ordinal);

    public StagedEntry(LayerDirectory layer, FileTransfer transfer)
    {
        _layer = layer;
        _transfer = transfer;
        Directory = layer.NewStagingPath();
        layer.MakeDirectory(Directory);
    }

    public string Directory { get; }

    /// <summary>Bytes of the files taken.</summary>
    public long Length => _files.Sum(static file => file.Witness.Length);

    public IReadOnlyList<StagedFile> Files => _files;

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
        if (_transfer.MayLink && facts.Links == 1 && files.TryLink(source, staged))
        {
            if (files.Stat(staged) is { Links: 2 } linked)
            {
                _files.Add(new StagedFile(relativePath, linked, null, SharesInode: true));
                return;
            }

            File.Delete(staged);
        }

        var open = files.OpenRead(source);
        _files.Add(new StagedFile(relativePath, files.Stat(open), open, SharesInode: false));
    }

    /// <summary>A file that was written straight into the staging directory, by a producer that was given a path inside it.</summary>
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

        _files.Add(new StagedFile(relativePath, facts, null, SharesInode: true));
    }

    /// <summary>The worker's files are witnessed by their modification times; waits the milliseconds until those are worth something.</summary>
    public async ValueTask<bool> SettleAsync(CancellationToken cancellationToken)
    {
        if (_files.Count == 0)
        {
            return true;
        }

        return await SettledTime.WaitAsync(_files.MaxBy(static file => file.Witness.ModifiedNanoseconds)!.Witness, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Copies what was not linked, hashes and flushes everything.</summary>
    /// <exception cref="WorkerChangedFileException">The worker wrote to a file meanwhile: what is staged is of no use.</exception>
    public IReadOnlyList<ManifestFile> Hash(ContentHasher hasher, OperationPulse pulse)
    {
        var hashed = new List<ManifestFile>(_files.Count);
        foreach (var file in _files.OrderBy(static file => file.Path, StringComparer.Ordinal))
        {
            hashed.Add(new ManifestFile(file.Path, file.Witness.Length, HashOne(file, hasher, pulse)));
        }

        return hashed;
    }

    /// <summary>Flushes the files, writes the manifest last, flushes the directories. The staging is then ready to be published.</summary>
    public Manifest Finish(ManifestContent content, OperationPulse pulse)
    {
        var files = _layer.FileSystem;
        var modified = new long[content.Files.Count];
        for (var i = 0; i < content.Files.Count; i++)
        {
            var path = Path.Combine(Directory, content.Files[i].Path);
            files.Flush(path, pulse);
            modified[i] = files.Stat(path)!.Value.ModifiedNanoseconds;
        }

        var manifest = new Manifest(content, modified);
        StateFile.WriteNew(_layer, Path.Combine(Directory, Manifest.FileName), ManifestFormat.Write(manifest), flush: true);
        foreach (var directory in _directories)
        {
            files.Flush(directory);
        }

        files.Flush(Directory);

        // The last look at what the manifest now promises: a write between hashing and this line shows in time or size.
        foreach (var file in _files)
        {
            EnsureUnchanged(file);
        }

        return manifest;
    }

    public void Dispose()
    {
        foreach (var file in _files)
        {
            file.Source?.Dispose();
        }

        try
        {
            if (_layer.MoveToTrash(Directory) is { } trash)
            {
                System.IO.Directory.Delete(trash, recursive: true);
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // What stays behind is in the trash, or is swept when this writer's lock is free.
        }
    }

    private string HashOne(StagedFile file, ContentHasher hasher, OperationPulse pulse)
    {
        var staged = Path.Combine(Directory, file.Path);
        if (file.Source is { } source)
        {
            FileTransfer.Copy(source, file.Witness, staged, _layer.FileMode, pulse);
            EnsureUnchanged(file);
        }

        using var handle = _layer.FileSystem.OpenRead(staged);
        var hash = ContentHasher.Hash(handle, pulse);
        EnsureUnchanged(file);
        hasher.Remember(file.Witness, hash);
        return hash;
    }

    private void EnsureUnchanged(StagedFile file)
    {
        var now = file.Source is { } source
            ? _layer.FileSystem.Stat(source)
            : file.SharesInode ? _layer.FileSystem.Stat(Path.Combine(Directory, file.Path)) : file.Witness;
        if (now is not { } facts || !facts.IsUnchangedFrom(file.Witness))
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
