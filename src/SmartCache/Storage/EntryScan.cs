using SmartCache.Storage.Platform;

namespace SmartCache.Storage;

/// <summary>Lists the entries of a layer from what lies on the disk: no index is ever the only truth.</summary>
internal sealed class EntryScan(EntryStore entries)
{
    private readonly FileSystem _files = FileSystem.Current;

    public IEnumerable<string> Names() =>
        Directory.Exists(entries.Layer.Root)
            ? Directory.EnumerateDirectories(entries.Layer.Root).Select(static path => Path.GetFileName(path)).Where(IsEntryName)
            : [];

    /// <summary>All whole-looking entries. One whose manifest is damaged goes to quarantine on the way; one of a newer format is left alone and not listed.</summary>
    public List<StoredEntry> Read(DateTimeOffset now, OperationPulse pulse)
    {
        var found = new List<StoredEntry>();
        foreach (var name in Names())
        {
            pulse.Beat();
            if (ReadOne(name, now, pulse) is { } entry)
            {
                found.Add(entry);
            }
        }

        return found;
    }

    private StoredEntry? ReadOne(string name, DateTimeOffset now, OperationPulse pulse)
    {
        var path = Path.Combine(entries.PathOf(name), Manifest.FileName);
        try
        {
            if (_files.Stat(path) is { } found && !EntryStore.IsReadable(found))
            {
                entries.Remove(name, EntryRemoval.Quarantine, "its manifest is no file, or far too large");
                return null;
            }

            if (_files.Stat(path) is not { } facts || StateFile.Read(path, ManifestFormat.MaxBytes) is not { } bytes)
            {
                // Entries are renamed into place whole; without a manifest somebody has removed files by hand.
                entries.Remove(name, EntryRemoval.Quarantine, "its manifest is gone");
                return null;
            }

            var manifest = ManifestFormat.Parse(bytes);
            var allocated = facts.AllocatedBytes;
            foreach (var file in manifest.Content.Files)
            {
                pulse.Beat();
                allocated += _files.Stat(Path.Combine(entries.PathOf(name), file.Path))?.AllocatedBytes ?? 0;
            }

            // A clock that was wrong must not keep an entry for ever, nor throw it out at once.
            var accessed = facts.Modified > now ? now : facts.Modified;
            var created = manifest.Content.Created > now ? now : manifest.Content.Created;
            return new StoredEntry(name, allocated, manifest.Content.CostSeconds, created, accessed);
        }
        catch (NewerFormatException)
        {
            return null;
        }
        catch (InvalidDataException broken)
        {
            entries.Remove(name, EntryRemoval.Quarantine, broken.Message);
            return null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // Evicted by another process between the listing and the look; or not to be read, which must not hide the others from a clean-up.
            entries.NoteUnreadable(name, exception);
            return null;
        }
    }

    private static bool IsEntryName(string name) =>
        name.Length >= KeyPreimage.NameLength && name.All(static c => char.IsAsciiHexDigitLower(c) || c == '_');
}
