using SmartCache.Eviction;
using SmartCache.Jobs;
using SmartCache.Layers;
using SmartCache.Storage;
using SmartCache.Storage.Platform;

namespace SmartCache.Maintenance;

/// <summary>The right to evict, which one process has at a time, and what it found lying there.</summary>
/// <param name="turns">Who gave it.</param>
/// <param name="held">The lock.</param>
/// <param name="now">When it began.</param>
internal sealed class EvictionTurn(EvictionTurns turns, FileLock held, DateTimeOffset now) : IDisposable
{
    private readonly List<ListedEntry> _entries = [];
    private readonly Dictionary<LayerAccess, long> _loose = [];
    private readonly Dictionary<LayerAccess, int> _left = [];
    private readonly Dictionary<ulong, long> _byJob = [];

    public DateTimeOffset Now => now;

    /// <summary>When those who wait for the turn were last shown that it goes on.</summary>
    public long? LifeShownAt { get; set; }

    /// <summary>What was there and did not go since.</summary>
    public IEnumerable<ListedEntry> Left => _entries.Where(static item => !item.IsGone);

    /// <summary>Layers that could not be looked at: they are not empty, and nothing can be counted without them.</summary>
    public List<LayerAccess> Unseen { get; } = [];

    /// <summary>Layers that could not be opened, and are counted by what lies in their directories.</summary>
    public HashSet<LayerAccess> Closed { get; } = [];

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

    /// <summary>Of these, what unfinished jobs need that are not silent for longer than they are protected.</summary>
    public long NeededBytes { get; private set; }

    /// <summary>What the unfinished job needs of the entries that needs most.</summary>
    public long LargestJob { get; private set; }

    public long Bytes => EntryBytes + Unlisted + Loose + Records;

    public void NoteFound(EntryLayer layer, IReadOnlyList<StoredEntry> entries)
    {
        _entries.AddRange(entries.Select(entry => new ListedEntry(layer, entry)));
        _left[layer] = entries.Count;
        EntryBytes += entries.Sum(static entry => entry.Bytes);
        NeededBytes += entries.Where(IsNeeded).Sum(static entry => entry.Bytes);
        foreach (var entry in entries.Where(IsNeeded))
        {
            foreach (var job in Needed![entry.Name].Jobs!)
            {
                var bytes = _byJob[job] = _byJob.GetValueOrDefault(job) + entry.Bytes;
                LargestJob = Math.Max(LargestJob, bytes);
            }
        }
    }

    /// <summary>How many of a layer's entries are left; <see langword="null"/> where it could not be listed.</summary>
    public int? LeftOf(LayerAccess layer) => _left.TryGetValue(layer, out var count) ? count : null;

    public long LooseOf(LayerAccess layer) => _loose.GetValueOrDefault(layer);

    public void NoteLoose(LayerAccess layer, long bytes) => _loose[layer] = bytes;

    /// <summary>Notes that an entry lies in the trash.</summary>
    public void NoteRemoved(ListedEntry item)
    {
        item.IsGone = true;
        EntryBytes -= item.Entry.Bytes;
        NeededBytes -= IsNeeded(item.Entry) ? item.Entry.Bytes : 0;
        _left[item.Layer]--;
        NoteLoose(item.Layer, LooseOf(item.Layer) + item.Entry.Bytes);
    }

    /// <summary>Shows those who wait for the turn that it goes on.</summary>
    public ValueTask ShowLifeAsync(CancellationToken cancellationToken) => turns.ShowLifeAsync(this, cancellationToken);

    public void Dispose() => held.Dispose();

    private bool IsNeeded(StoredEntry entry) =>
        Needed?.GetValueOrDefault(entry.Name) is { Jobs: not null } need && need.AliveAt(now + JobProtection.Default.Period) + JobProtection.Default.Period > now;
}
