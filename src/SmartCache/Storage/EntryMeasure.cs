using SmartCache.Storage.Platform;

namespace SmartCache.Storage;

/// <summary>Reads an entry's manifest and measures what its files take.</summary>
/// <param name="Manifest">What the file system says of the manifest.</param>
/// <param name="Bytes">Allocated blocks of all files and directories.</param>
/// <param name="Content">What the manifest says.</param>
internal readonly record struct EntryMeasure(FileFacts Manifest, long Bytes, ManifestContent Content)
{
    /// <exception cref="InvalidDataException">It is no entry.</exception>
    public static EntryMeasure Of(FileSystem files, string directory, OperationPulse pulse)
    {
        var path = Path.Combine(directory, Storage.Manifest.FileName);
        var facts = files.Stat(path);
        if (facts is { } odd && !EntryManifests.IsReadable(odd))
        {
            throw new InvalidDataException("its manifest is no file, or far too large");
        }

        if (facts is not { } manifest || BoundedFile.Read(files, path, ManifestFormat.MaxBytes) is not { } bytes)
        {
            // Entries are renamed into place whole; without a manifest somebody has removed files by hand.
            throw new InvalidDataException("its manifest is gone");
        }

        var content = ManifestFormat.Parse(bytes).Content;
        var paths = content.Files.Select(file => Path.Combine(directory, file.Path)).ToList();
        var allocated = manifest.AllocatedBytes;

        // The directories too: a block or more for each, which 100,000 entries make hundreds of megabytes.
        foreach (var taken in paths.Concat(paths.Select(Path.GetDirectoryName).Append(directory).Distinct()))
        {
            pulse.Beat();
            allocated += files.Stat(taken!)?.AllocatedBytes ?? 0;
        }

        return new EntryMeasure(manifest, allocated, content);
    }
}
