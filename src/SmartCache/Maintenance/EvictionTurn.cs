using SmartCache.Layers;
using SmartCache.Storage;
using SmartCache.Storage.Platform;

namespace SmartCache.Maintenance;

/// <summary>The right to evict, which one process has at a time, and what it found lying there.</summary>
internal sealed class EvictionTurn(FileLock turn, DateTimeOffset now) : IDisposable
{
    private readonly HashSet<int> _removed = [];
    private readonly Dictionary<CacheLayer, long> _loose = [];

    public DateTimeOffset Now => now;

    /// <summary>When those who wait for the turn were last shown that it goes on.</summary>
    public long? LifeShownAt { get; set; }

    /// <summary>What was there; <see cref="Left"/> is what is still there.</summary>
    public List<(CacheLayer Layer, StoredEntry Entry)> Entries { get; private set; } = [];

    public IEnumerable<(CacheLayer Layer, StoredEntry Entry)> Left => Entries.Where((_, index) => !_removed.Contains(index));

    /// <summary>Layers that could not be looked at: they are not empty, and nothing can be counted without them.</summary>
    public List<CacheLayer> Unseen { get; } = [];

    /// <summary>Layers that could not be opened, and are counted by what lies in their directories.</summary>
    public HashSet<CacheLayer> Closed { get; } = [];

    /// <summary>What unfinished jobs need, by entry; <see langword="null"/> where the jobs could not be read.</summary>
    public IReadOnlyDictionary<string, JobNeed>? Needed { get; set; }

    /// <summary>Bytes in trash and quarantine.</summary>
    public long Loose => _loose.Values.Sum();

    /// <summary>Bytes of keys, facts, upload states and the like.</summary>
    public long Records { get; set; }

    /// <summary>Bytes of entries that cannot be read, such as those of a newer version: they take space and are left alone.</summary>
    public long Unlisted { get; set; }

    /// <summary>The count in the account.</summary>
    public string? Count { get; set; }

    /// <summary>Of what went since they were last written.</summary>
    public List<Tombstone> Tombstones { get; } = [];

    public long EntryBytes { get; private set; }

    public long Bytes => EntryBytes + Unlisted + Loose + Records;

    public void NoteFound(CacheLayer layer, IReadOnlyList<StoredEntry> entries)
    {
        Entries.AddRange(entries.Select(entry => (layer, entry)));
        EntryBytes += entries.Sum(static entry => entry.Bytes);
    }

    public long LooseOf(CacheLayer layer) => _loose.GetValueOrDefault(layer);

    public void NoteLoose(CacheLayer layer, long bytes) => _loose[layer] = bytes;

    /// <summary>What deleting an entry would free on the disk of a layer.</summary>
    public DiskGain GainOf(int index, CacheLayer wanted, OperationPulse pulse) => DiskGain.Of(Entries[index].Layer, Entries[index].Entry, wanted, pulse);

    /// <summary>Notes that an entry lies in the trash.</summary>
    public void NoteRemoved(int index)
    {
        if (_removed.Add(index))
        {
            var (layer, entry) = Entries[index];
            EntryBytes -= entry.Bytes;
            NoteLoose(layer, LooseOf(layer) + entry.Bytes);
        }
    }

    /// <summary>The entries without those that are gone; indexes are new from here on.</summary>
    public List<(CacheLayer Layer, StoredEntry Entry)> Pack()
    {
        Entries = [.. Left];
        _removed.Clear();
        return Entries;
    }

    public void Dispose() => turn.Dispose();
}
