using SmartCache.Storage.Platform;

namespace SmartCache.Storage;

/// <summary>Reads the files of an entry in the making: hashes them from where they are, and copies those that were neither linked nor cloned.</summary>
internal sealed class StagedBytes(LayerDirectory layer, FileTransfer transfer, StagedFiles files, string directory)
{
    private readonly Dictionary<string, string> _hashes = new(StringComparer.Ordinal);

    /// <exception cref="WorkerChangedFileException">The worker wrote to a file meanwhile: what is staged is of no use.</exception>
    public IReadOnlyList<ManifestFile> Hash(ContentHasher hasher, OperationPulse pulse, IHashedBytes? also)
    {
        var hashed = new List<ManifestFile>(files.All.Count);
        foreach (var file in files.All.OrderBy(static file => file.Path, StringComparer.Ordinal))
        {
            hashed.Add(new ManifestFile(file.Path, file.Witness.Length, HashOne(file, hasher, pulse, also)));
        }

        return hashed;
    }

    /// <exception cref="WorkerChangedFileException">The worker wrote to a file meanwhile.</exception>
    public void CopyIn(OperationPulse pulse)
    {
        for (var i = 0; i < files.All.Count; i++)
        {
            if (files.All[i] is { Source: { } source, IsCopied: false } file)
            {
                CopyOne(file, source, pulse);
                files.SetCopied(i);
            }
        }
    }

    private void CopyOne(StagedFile file, HeldFile source, OperationPulse pulse)
    {
        // A producer's own link has the name already, and keeps it until there is a whole copy: what cannot be stored is the caller's file.
        // Under a name that no producer uses: a copy that fails deletes what has its name.
        var staged = files.PathOf(file);
        var copied = files.AreProduced ? Path.Combine(directory, Guid.NewGuid().ToString("N")) : staged;
        var hash = source.Read(open =>
        {
            transfer.Copy(open, file.Witness, copied, layer.FileMode, pulse);
            using var copy = layer.FileSystem.OpenRead(copied);
            return ContentHasher.Hash(copy, pulse);
        });

        // The copy is what is promised, so the copy is what must have the hash.
        if (hash != _hashes[file.Path])
        {
            layer.FileSystem.Delete(copied);
            throw new WorkerChangedFileException(file.Path);
        }

        source.Dispose();
        if (copied != staged)
        {
            pulse.Beat();
            layer.FileSystem.Replace(copied, staged);
        }
    }

    private string HashOne(StagedFile file, ContentHasher hasher, OperationPulse pulse, IHashedBytes? also)
    {
        if (file.Source is { } source)
        {
            return Checked(file, source.Read(open => ContentHasher.Hash(open, pulse, also)), hasher);
        }

        var path = files.PathOf(file);
        if (file.SharesInode)
        {
            // A write through a map moves the time of a clean page only: once all pages are written back, every later write shows.
            // Flushed before the hash and not after it, a write to a page that is dirty by now is in the hash.
            layer.FileSystem.Flush(path, pulse);
            files.EnsureUnchanged(file);
        }

        using var handle = layer.FileSystem.OpenRead(path);
        return Checked(file, ContentHasher.Hash(handle, pulse, also), hasher);
    }

    private string Checked(StagedFile file, string hash, ContentHasher hasher)
    {
        files.EnsureUnchanged(file);
        hasher.Remember(file.Witness, hash);
        return _hashes[file.Path] = hash;
    }
}
