using SmartCache.Layers;
using SmartCache.Storage;
using SmartCache.Storage.Platform;

namespace SmartCache.Maintenance;

/// <summary>What deleting an entry frees on the disk: files that a worker still links stay there, and for the bytes of a manifest alone no entry goes.</summary>
/// <param name="Bytes">Of its files.</param>
/// <param name="Inodes">Of its files, its manifest, its directories and its lock.</param>
internal readonly record struct DiskGain(long Bytes, long Inodes)
{
    /// <summary>On the file system of <paramref name="wanted"/>; nothing where the entry lies on another one, or is gone.</summary>
    public static DiskGain Of(ListedEntry item, EntryLayer wanted, OperationPulse pulse)
    {
        var (layer, entry) = (item.Layer, item.Entry);
        var files = layer.Directory.FileSystem;
        return files.DeviceOf(layer.Directory.Root) != files.DeviceOf(wanted.Directory.Root) ? default : Of(files, layer.Entries.PathOf(entry.Name), pulse);
    }

    /// <summary>On its own file system; nothing where it is gone.</summary>
    public static DiskGain Of(FileSystem files, string entry, OperationPulse pulse)
    {
        try
        {
            // Itself and its lock.
            var (bytes, inodes) = (0L, 2L);
            var manifest = Path.Combine(entry, Manifest.FileName);
            foreach (var path in files.List(entry, recursive: true))
            {
                pulse.Beat();
                if (files.Stat(path) is not { } facts || (facts.Kind == FileKind.Regular && facts.Links > 1))
                {
                    continue;
                }

                inodes++;
                bytes += facts.Kind == FileKind.Regular && path != manifest ? facts.AllocatedBytes : 0;
            }

            return new DiskGain(bytes, inodes);
        }
        catch (DirectoryNotFoundException)
        {
            return default;
        }
    }
}
