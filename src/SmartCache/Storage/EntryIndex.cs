using SmartCache.Storage.Platform;

namespace SmartCache.Storage;

/// <summary>
/// The entries of a layer as they lie on the disk, with what their manifests say. Each look lists the directory and stats each manifest; a manifest is parsed,
/// and its files are measured, only where it is not the one that was known: so a look costs 5 µs an entry and not up to a millisecond.
/// Never the only truth: whatever is remembered wrongly costs a place in the order of eviction, and each entry is looked at again before it goes.
/// </summary>
internal sealed class EntryIndex(EntryStore entries)
{
    private readonly FileSystem _files = entries.Layer.FileSystem;

    // Replaced as a whole by each look: a look that runs beside another loses nothing but its own pains.
    private volatile Dictionary<string, Known> _known = new(StringComparer.Ordinal);

    /// <summary>Takes over what an earlier process knew.</summary>
    public void Recall(IEnumerable<StoredEntry> snapshot)
    {
        var known = new Dictionary<string, Known>(StringComparer.Ordinal);
        foreach (var entry in snapshot)
        {
            if (entry is { Name: not null, Inode: not 0, Bytes: >= 0 } && double.IsFinite(entry.CostSeconds))
            {
                known[entry.Name] = new Known(entry.Inode, entry.Bytes, entry.CostSeconds, entry.Created);
            }
        }

        foreach (var (name, seen) in _known)
        {
            known[name] = seen;
        }

        _known = known;
    }

    /// <summary>All whole-looking entries. One whose manifest is damaged goes to quarantine on the way; one of a newer format is left alone and not listed.</summary>
    public List<StoredEntry> Read(DateTimeOffset now, OperationPulse pulse)
    {
        var before = _known;
        var seen = new Dictionary<string, Known>(before.Count, StringComparer.Ordinal);
        var found = new List<StoredEntry>(before.Count);
        foreach (var name in new EntryScan(entries).Names())
        {
            pulse.Beat();
            if (ReadOne(name, before, now, pulse) is { } entry)
            {
                found.Add(entry);
                seen[name] = new Known(entry.Inode, entry.Bytes, entry.CostSeconds, entry.Created);
            }
        }

        _known = seen;
        return found;
    }

    private StoredEntry? ReadOne(string name, Dictionary<string, Known> before, DateTimeOffset now, OperationPulse pulse)
    {
        var path = Path.Combine(entries.PathOf(name), Manifest.FileName);
        try
        {
            var facts = _files.Stat(path);
            if (facts is { } odd && !EntryStore.IsReadable(odd))
            {
                entries.Remove(name, EntryRemoval.Quarantine, "its manifest is no file, or far too large");
                return null;
            }

            if (facts is { } same && before.TryGetValue(name, out var known) && known.Inode == same.Inode && same.Inode != 0)
            {
                return Entry(name, same, known.Bytes, known.CostSeconds, known.Created, now);
            }

            if (facts is not { } other || StateFile.Read(path, ManifestFormat.MaxBytes) is not { } bytes)
            {
                // Entries are renamed into place whole; without a manifest somebody has removed files by hand.
                entries.Remove(name, EntryRemoval.Quarantine, "its manifest is gone");
                return null;
            }

            var content = ManifestFormat.Parse(bytes).Content;
            var allocated = other.AllocatedBytes;
            foreach (var file in content.Files)
            {
                pulse.Beat();
                allocated += _files.Stat(Path.Combine(entries.PathOf(name), file.Path))?.AllocatedBytes ?? 0;
            }

            return Entry(name, other, allocated, content.CostSeconds, content.Created, now);
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

    // A clock that was wrong must not keep an entry for ever, nor throw it out at once.
    private static StoredEntry Entry(string name, in FileFacts manifest, long bytes, double cost, DateTimeOffset created, DateTimeOffset now) =>
        new(name, bytes, cost, created > now ? now : created, manifest.Modified > now ? now : manifest.Modified) { Inode = manifest.Inode };

    private readonly record struct Known(ulong Inode, long Bytes, double CostSeconds, DateTimeOffset Created);
}
