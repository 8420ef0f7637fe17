using SmartCache.Configuration;
using SmartCache.Eviction;
using SmartCache.Sources;
using SmartCache.Storage;

namespace SmartCache.Maintenance;

/// <summary>What all that is no entry takes: written without a reservation, and counted when entries are.</summary>
internal static class RecordUsage
{
    /// <summary>Allocated bytes of keys, facts, upload states, the request log, the account with its tombstones, and the layers' indexes.</summary>
    public static long Of(SourceStore sources, IEnumerable<CacheLayer> layers, CacheSettings settings, OperationPulse pulse)
    {
        string[] directories =
        [
            sources.Catalog.KeysDirectory, sources.Catalog.FactsDirectory, settings.UploadsDirectory,
            Path.Combine(settings.Root, RequestLog.Folder), Path.Combine(settings.Root, "quota"),
        ];

        // Twice: while the index is replaced the new one lies beside the old, 20 MB each for 100,000 entries.
        return directories.Sum(directory => DiskUsage.Of(directory, pulse)) + layers.Sum(static layer => 2 * IndexSnapshot.BytesOf(layer.Directory));
    }
}
