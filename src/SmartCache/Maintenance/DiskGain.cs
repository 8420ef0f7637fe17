using SmartCache.Storage;

namespace SmartCache.Maintenance;

/// <summary>What deleting an entry frees on the disk: files that a worker still links stay there, and for a manifest alone no entry goes.</summary>
internal static class DiskGain
{
    /// <summary>Bytes on the file system of <paramref name="wanted"/>; 0 where the entry lies on another one, or is gone.</summary>
    public static long Of(CacheLayer layer, StoredEntry entry, CacheLayer wanted, OperationPulse pulse)
    {
        var files = layer.Directory.FileSystem;
        if (files.Stat(layer.Directory.Root)?.Device != files.Stat(wanted.Directory.Root)?.Device)
        {
            return 0;
        }

        try
        {
            long frees = 0;
            var root = layer.Entries.PathOf(entry.Name);
            var manifest = Path.Combine(root, Manifest.FileName);
            foreach (var path in Directory.EnumerateFiles(root, "*", SearchOption.AllDirectories))
            {
                pulse.Beat();
                frees += path != manifest && files.Stat(path) is { Links: <= 1 } own ? own.AllocatedBytes : 0;
            }

            return frees;
        }
        catch (DirectoryNotFoundException)
        {
            return 0;
        }
    }
}
