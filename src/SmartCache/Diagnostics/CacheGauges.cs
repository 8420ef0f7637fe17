using System.Diagnostics.Metrics;

namespace SmartCache.Diagnostics;

/// <summary>
/// The gauges. They are read when somebody looks, from what this process remembers: no job pays for them, and a look costs the same however many entries there are.
/// What is not known yet has no value.
/// </summary>
internal static class CacheGauges
{
    private static readonly LayerCondition[] Conditions = Enum.GetValues<LayerCondition>();

    /// <param name="meter">The meter.</param>
    /// <param name="state">What is known; <see langword="null"/> after the end of the cache.</param>
    public static void AddTo(Meter meter, Func<CacheState?> state)
    {
        One("smartcache.space.used", "By", "Bytes that the cache takes, over all processes, with what is reserved.", static known => known.Space?.UsedBytes);
        One("smartcache.space.reserved", "By", "Of these, what is reserved for entries in the making.", static known => known.Space?.ReservedBytes);
        One("smartcache.space.limit", "By", "MaxSize.", static known => known.Space?.LimitBytes);
        One("smartcache.space.needed", "By", "Bytes of entries that unfinished jobs need.", static known => known.NeededBytes);
        One("smartcache.cleanup.age", "s", "Time since a clean-up was seen.", static known => (long)known.SinceCleanup.TotalSeconds);
        Each("smartcache.entries", "{entry}", "Entries, by layer.", static layer => layer.Entries);
        Each("smartcache.disk.free", "By", "Bytes that the layer's file system has left.", static layer => layer.Disk?.FreeBytes);
        Each("smartcache.disk.floor", "By", "MinFreeSpace on that file system.", static layer => layer.Disk?.FloorBytes);
        Each("smartcache.disk.inodes.free", "{inode}", "Files and directories that can still be made there.", static layer => layer.Disk is { FloorInodes: > 0 } disk ? disk.FreeInodes : null);
        Each("smartcache.disk.inodes.floor", "{inode}", "MinFreeInodes on that file system.", static layer => layer.Disk is { FloorInodes: > 0 } disk ? disk.FloorInodes : null);
        Add("smartcache.layer.state", "{layer}", "1 for the state that the layer is in, 0 for the others.", known => known.Layers.SelectMany(static layer => Conditions.Select(condition =>
            new Measurement<long>(layer.Condition == condition ? 1 : 0, Layer(layer), new KeyValuePair<string, object?>("state", condition.ToString())))));

        void One(string name, string unit, string description, Func<CacheState, long?> read) =>
            Add(name, unit, description, known => read(known) is { } value ? [new Measurement<long>(value)] : []);

        void Each(string name, string unit, string description, Func<LayerState, long?> read) =>
            Add(name, unit, description, known => known.Layers.Where(layer => read(layer) is not null).Select(layer => new Measurement<long>(read(layer)!.Value, Layer(layer))));

        void Add(string name, string unit, string description, Func<CacheState, IEnumerable<Measurement<long>>> read)
        {
            try
            {
                meter.CreateObservableGauge(name, () => state() is { } known ? read(known) : [], unit, description);
            }
            catch (Exception)
            {
                // An instrument that a listener refuses measures nothing.
            }
        }
    }

    private static KeyValuePair<string, object?> Layer(LayerState layer) => new("layer", layer.Name);
}
