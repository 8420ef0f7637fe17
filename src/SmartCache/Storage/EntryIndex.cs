using System.Globalization;
using System.Runtime.ExceptionServices;
using SmartCache.Storage.Platform;

namespace SmartCache.Storage;

/// <summary>
/// The entries of a layer as they lie on the disk, with what their manifests say. Each look lists the directory and stats each manifest; a manifest is parsed,
/// and its files are measured, only where it is not the one that was known: so a look costs 5 µs an entry and not up to a millisecond.
/// Never the only truth: whatever is remembered wrongly costs a place in the order of eviction, and each entry is looked at again before it goes.
/// </summary>
internal sealed class EntryIndex(EntryStore entries)
{
    private const int FewUnknown = 500;

    /// <summary>More than any disk has, and few enough that thousands can be added up.</summary>
    private const long MostBytes = 1_000_000_000_000_000;

    private readonly FileSystem _files = entries.Layer.FileSystem;
    private readonly TimesAhead _ahead = new();

    // Replaced as a whole by each look: a look that runs beside another loses nothing but its own pains.
    private volatile Dictionary<(UInt128, UInt128), Known> _known = [];

    /// <summary>Takes over what an earlier process knew.</summary>
    public void Recall(IEnumerable<StoredEntry> snapshot)
    {
        var known = new Dictionary<(UInt128, UInt128), Known>();
        foreach (var entry in snapshot)
        {
            if (entry is { Name: not null, Inode: not 0, Bytes: >= 0 and <= MostBytes } && double.IsFinite(entry.CostSeconds) && TryPack(entry.Name, out var name))
            {
                known[name] = new Known(entry.Inode, entry.Born, entry.LastAccess, entry.Bytes, entry.CostSeconds, entry.Created);
            }
        }

        foreach (var (later, seen) in _known)
        {
            known[later] = seen;
        }

        _known = known;
    }

    /// <summary>All whole-looking entries. One whose manifest is damaged goes to quarantine on the way; one of a newer format is left alone and not listed.</summary>
    public List<StoredEntry> Read(DateTimeOffset now, OperationPulse pulse) => Look(now, pulse).Listed;

    /// <summary>As <see cref="Read"/>, with what the entries take that are not listed.</summary>
    public EntryListing Look(DateTimeOffset now, OperationPulse pulse)
    {
        var before = _known;
        long unlisted = 0;
        var seen = new Dictionary<(UInt128, UInt128), Known>(before.Count);
        var found = new List<StoredEntry>(before.Count);
        foreach (var (name, read) in ReadAll([.. new EntryScan(entries).Names()], before, now, pulse))
        {
            if (read is not { } entry)
            {
                unlisted += UnlistedBytes(name, before, seen, pulse);
                continue;
            }

            found.Add(entry);
            if (TryPack(entry.Name, out var packed))
            {
                seen[packed] = new Known(entry.Inode, entry.Born, entry.LastAccess, entry.Bytes, entry.CostSeconds, entry.Created);
            }
        }

        // A dictionary that grew has up to twice the places that it needs.
        seen.TrimExcess();
        _known = seen;
        return new EntryListing(found, unlisted);
    }

    /// <summary>What an entry takes that is not listed: nothing any more where it was evicted or quarantined meanwhile.</summary>
    private long UnlistedBytes(string name, Dictionary<(UInt128, UInt128), Known> before, Dictionary<(UInt128, UInt128), Known> seen, OperationPulse pulse)
    {
        // Twice: an error may have passed, and what counts as nothing makes the account too low.
        if ((TryMeasure(name, DiskUsage.OfAll, pulse) ?? TryMeasure(name, DiskUsage.OfAll, pulse)) is { } bytes)
        {
            return bytes;
        }

        // One damaged place on the disk must not end every count and every eviction. It was said where its manifest was looked at.
        if (TryPack(name, out var packed) && before.TryGetValue(packed, out var known))
        {
            seen[packed] = known;
            return known.Bytes;
        }

        return TryMeasure(name, DiskUsage.Of, pulse) ?? 0;
    }

    private long? TryMeasure(string name, Func<string, OperationPulse, FileSystem, long> measure, OperationPulse pulse)
    {
        try
        {
            return measure(entries.PathOf(name), pulse, _files);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    // Where nothing is known, in the first look after metadata.json was lost, each manifest is parsed: by as many cores as there are, up to four.
    private IEnumerable<(string Name, StoredEntry? Entry)> ReadAll(string[] names, Dictionary<(UInt128, UInt128), Known> before, DateTimeOffset now, OperationPulse pulse)
    {
        var read = new StoredEntry?[names.Length];
        var cores = names.Length > before.Count + FewUnknown ? Math.Min(Environment.ProcessorCount, 4) : 1;
        try
        {
            Parallel.For(0, names.Length, new ParallelOptions { MaxDegreeOfParallelism = cores }, i =>
            {
                pulse.Beat();
                read[i] = ReadOne(names[i], before, now, pulse);
            });
        }
        catch (AggregateException several)
        {
            ExceptionDispatchInfo.Throw(several.InnerExceptions[0]);
        }

        return names.Zip(read);
    }

    private StoredEntry? ReadOne(string name, Dictionary<(UInt128, UInt128), Known> before, DateTimeOffset now, OperationPulse pulse, bool isAgain = false)
    {
        var path = Path.Combine(entries.PathOf(name), Manifest.FileName);
        FileIdentity? identity = null;
        try
        {
            if (_files.Stat(path) is { } same && EntryManifests.IsReadable(same) && TryPack(name, out var packed) && before.TryGetValue(packed, out var known) && known.IsOf(same))
            {
                return Entry(name, same, known.Bytes, known.CostSeconds, known.Created, now);
            }

            // Before anything is found wrong: where this one is exchanged for another from here on, the other one stays.
            identity = entries.IdentityOf(name);
            if (identity is null)
            {
                return null;
            }

            var found = EntryMeasure.Of(_files, entries.PathOf(name), pulse);
            return Entry(name, found.Manifest, found.Bytes, found.Content.CostSeconds, found.Content.Created, now);
        }
        catch (NewerFormatException)
        {
            return null;
        }
        catch (InvalidDataException broken)
        {
            entries.Remove(name, EntryRemoval.Quarantine, broken.Message, identity);
            return null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // Once more where the look-up was given it: what is not listed neither counts as an entry nor expires.
            if (!isAgain && DiskError.IsUnreadable(exception) && IsLookedUp(name, pulse))
            {
                return ReadOne(name, before, now, pulse, isAgain: true);
            }

            // Evicted by another process between the listing and the look; or not to be read, which must not hide the others from a clean-up.
            entries.NoteUnreadable(name, exception);
            return null;
        }
    }

    // A look-up reads it once more under its lock, and takes away what the disk does not give. Not where the disk gives nothing at all.
    private bool IsLookedUp(string name, OperationPulse pulse)
    {
        try
        {
            entries.TryLease(name, pulse, out _, fromDisk: true, isUse: false)?.Dispose();
            return true;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    // One hash or two of 128 bits: half of what the text of a name would take. Any other name is read anew each time.
    private static bool TryPack(string name, out (UInt128, UInt128) packed)
    {
        const int length = KeyPreimage.NameLength;
        var isRead = UInt128.TryParse(name.AsSpan(0, Math.Min(length, name.Length)), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var first);
        UInt128 second = 0;
        packed = (first, second);
        if (!isRead || name.Length == length)
        {
            return isRead && name.Length == length;
        }

        isRead = name.Length == (2 * length) + 1 && UInt128.TryParse(name.AsSpan(length + 1), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out second);
        packed = (first, second);
        return isRead;
    }

    // A clock that was wrong must not keep an entry for ever, nor throw it out at once.
    private StoredEntry Entry(string name, in FileFacts manifest, long bytes, double cost, DateTimeOffset created, DateTimeOffset now) =>
        new(name, bytes, cost, created > now ? now : created, _ahead.Believe(name, manifest.Modified, now))
        {
            Inode = manifest.BornNanoseconds == 0 && !manifest.IsSettled ? 0 : manifest.Inode,
            Born = manifest.BornNanoseconds,
        };

    private readonly record struct Known(ulong Inode, long Born, DateTimeOffset Modified, long Bytes, double CostSeconds, DateTimeOffset Created)
    {
        // A wrong size would be one in the account of space too, and the number alone says little: ext4 gave it to the next entry in 6 of 20 tries.
        // Where inodes have no birthday (ext3, small inodes of ext4) the modification time tells, if it was old enough when it was looked at.
        public bool IsOf(in FileFacts manifest) =>
            Inode == manifest.Inode && Inode != 0 && Born == manifest.BornNanoseconds && (Born != 0 || Modified == manifest.Modified);
    }
}
