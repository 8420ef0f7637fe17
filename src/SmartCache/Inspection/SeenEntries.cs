using SmartCache.Eviction;
using SmartCache.Maintenance;
using SmartCache.Storage;
using SmartCache.Storage.Platform;

namespace SmartCache.Inspection;

/// <summary>The entries of a layer as a clean-up would list them, but nothing is taken away on the way.</summary>
internal sealed class SeenEntries
{
    private readonly LayerDirectory _layer;
    private readonly List<StoredEntry> _entries = [];

    public SeenEntries(LayerDirectory layer, EntryKind kind, DateTimeOffset now, OperationPulse pulse)
    {
        (_layer, Kind) = (layer, kind);
        var snapshot = Looking.OrNone(() => IndexSnapshot.Read(layer, pulse));
        Eviction = snapshot?.Eviction;
        var known = (snapshot?.Entries ?? []).DistinctBy(static entry => entry.Name).ToDictionary(static entry => entry.Name, StringComparer.Ordinal);
        foreach (var name in new EntryLooks(layer, kind).Names())
        {
            pulse.Beat();
            Add(name, known, now, pulse);
        }
    }

    public LayerDirectory Layer => _layer;

    public EntryKind Kind { get; }

    /// <summary>What eviction learned, if it lies here.</summary>
    public EvictionState? Eviction { get; }

    public IReadOnlyList<StoredEntry> Entries => _entries;

    /// <summary>Bytes of entries that this version cannot read: they stay.</summary>
    public long Unlisted { get; private set; }

    /// <summary>Bytes of damaged entries: they go to quarantine.</summary>
    public long Damaged { get; private set; }

    public string PathOf(string name) => Path.Combine(_layer.Root, name);

    public bool IsLeased(string name) => Looking.OrNone<object>(() => _layer.FileSystem.LookAtLock(Path.Combine(_layer.Locks, EntryName.LockOf(name)))) is not null;

    private void Add(string name, Dictionary<string, StoredEntry> known, DateTimeOffset now, OperationPulse pulse)
    {
        try
        {
            _entries.Add(Read(name, known, now, pulse));
        }
        catch (InvalidDataException)
        {
            Damaged += DiskUsage.Of(PathOf(name), pulse, _layer.FileSystem);
        }
        catch (Exception exception) when (exception is NewerFormatException or IOException or UnauthorizedAccessException)
        {
            Unlisted += DiskUsage.Of(PathOf(name), pulse, _layer.FileSystem);
        }
    }

    private StoredEntry Read(string name, Dictionary<string, StoredEntry> known, DateTimeOffset now, OperationPulse pulse)
    {
        if (known.TryGetValue(name, out var same) && _layer.FileSystem.Stat(Path.Combine(PathOf(name), Manifest.FileName)) is { } manifest && same.IsOf(manifest))
        {
            return same with { LastAccess = Earlier(manifest.Modified, now), Created = Earlier(same.Created, now) };
        }

        var found = EntryMeasure.Of(_layer.FileSystem, PathOf(name), pulse);
        return new StoredEntry(name, found.Bytes, found.Content.CostSeconds, Earlier(found.Content.Created, now), Earlier(found.Manifest.Modified, now));
    }

    private static DateTimeOffset Earlier(DateTimeOffset time, DateTimeOffset now) => time < now ? time : now;
}
