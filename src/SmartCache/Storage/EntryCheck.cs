using SmartCache.Storage.Platform;

namespace SmartCache.Storage;

/// <summary>Compares an entry's files with its manifest: by size and time, and by every byte where a time differs, or where the caller asks for it.</summary>
internal sealed class EntryCheck(LayerDirectory layer, ContentHasher hasher)
{
    private readonly FileSystem _files = layer.FileSystem;

    /// <param name="name">The entry.</param>
    /// <param name="manifest">What it should be.</param>
    /// <param name="everyByte">Whether bytes are read where nothing says that they changed.</param>
    /// <param name="pulse">Beaten where bytes are read.</param>
    /// <exception cref="UnreadableBytesException">The disk does not give a file.</exception>
    public EntryFinding Look(string name, Manifest manifest, bool everyByte, OperationPulse pulse)
    {
        var file = "";
        try
        {
            return Look(name, manifest, everyByte, pulse, ref file);
        }
        catch (IOException first) when (DiskError.IsUnreadable(first))
        {
            EnsureDiskAnswers();
            try
            {
                // A disk may hiccup, and an entry is worth hours.
                return Look(name, manifest, everyByte, pulse, ref file);
            }
            catch (IOException again) when (DiskError.IsUnreadable(again))
            {
                // It may have gone meanwhile.
                EnsureDiskAnswers();
                throw new UnreadableBytesException(file, again);
            }
        }
    }

    /// <summary>Where the disk gives nothing at all, it is not the entry that something could not be read of: that is the fault to be told.</summary>
    /// <exception cref="IOException">It does not give the layer's own marker either.</exception>
    public void EnsureDiskAnswers()
    {
        var marker = Path.Combine(layer.Root, OwnNames.Marker);
        _files.DropFromPageCache(marker);
        BoundedFile.Read(_files, marker, ManifestFormat.MaxBytes);
    }

    private EntryFinding Look(string name, Manifest manifest, bool everyByte, OperationPulse pulse, ref string looking)
    {
        var directory = Path.Combine(layer.Root, name);
        var isShared = false;
        long[]? seen = null;
        for (var i = 0; i < manifest.Content.Files.Count; i++)
        {
            var file = manifest.Content.Files[i];
            looking = file.Path;
            var path = Path.Combine(directory, file.Path);
            if (_files.Stat(path) is not { Kind: FileKind.Regular } facts || facts.Length != file.Length)
            {
                return EntryFinding.Damaged($"'{file.Path}' is missing or has another size");
            }

            isShared |= facts.Links > 1;
            if (!facts.IsOwn(_files.User, manifest.ModeOf(i)))
            {
                // Another user's, or a job has changed its permissions: all names of a file have the same ones.
                _files.OpenRead(path).Dispose();
            }

            var isAsWritten = facts.ModifiedNanoseconds == manifest.Modified[i];
            if (isAsWritten && !everyByte)
            {
                hasher.Remember(facts, file.Sha256);
                continue;
            }

            if (!isAsWritten)
            {
                // Whoever wrote to it may have it mapped. A write to a page that is dirty already leaves the time as it is; once all are written back, the next one shows.
                _files.Flush(path, pulse);
            }

            if (Read(directory, file, pulse, out var read) is { } wrong)
            {
                return wrong;
            }

            if (read.ModifiedNanoseconds != manifest.Modified[i])
            {
                seen ??= [.. manifest.Modified];
                seen[i] = read.IsSettled ? read.ModifiedNanoseconds : Manifest.NoWitness;
            }
        }

        return new EntryFinding(seen is null ? EntryVerdict.Intact : EntryVerdict.Touched, default) { IsShared = isShared, Modified = seen };
    }

    /// <summary>Reads a file and says what is wrong with it.</summary>
    private EntryFinding? Read(string directory, ManifestFile file, OperationPulse pulse, out FileFacts read)
    {
        using var handle = _files.OpenRead(Path.Combine(directory, file.Path));
        read = _files.Stat(handle);
        var hash = ContentHasher.Hash(handle, pulse);
        if (!_files.Stat(handle).IsSameAs(read))
        {
            // A job that writes into its own file, by a hard link, may have written behind the place that was just read, or before it.
            return new EntryFinding(EntryVerdict.Changing, new(CacheReason.InUse, "changed while it was read"));
        }

        return hash == file.Sha256 ? null : EntryFinding.Damaged($"'{file.Path}' has other bytes");
    }
}
