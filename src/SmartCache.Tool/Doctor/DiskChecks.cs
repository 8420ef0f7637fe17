using SmartCache.Tool.Output;

namespace SmartCache.Tool.Doctor;

/// <summary>What the directories lie on, and whether there is room for what the limits allow.</summary>
internal static class DiskChecks
{
    private static readonly string[] _memory = ["tmpfs", "ramfs"];
    private static readonly string[] _network = ["nfs", "nfs4", "cifs", "smb", "smb2", "smb3", "smbfs", "ceph", "afs", "9p", "v9fs", "lustre", "gfs", "gfs2", "fuse.sshfs", "glusterfs"];

    public static void Look(IReadOnlyList<InspectedLayer> layers, string root, Findings findings)
    {
        foreach (var directory in layers.Where(static layer => layer.IsPresent).Select(static layer => layer.Directory).Prepend(root))
        {
            // Layers on the root's own file system are said with the root.
            if (directory != root && directory.StartsWith(root + "/", StringComparison.Ordinal))
            {
                continue;
            }

            var drive = new DriveInfo(directory);
            if (drive.DriveType == DriveType.Ram || _memory.Contains(drive.DriveFormat))
            {
                findings.Add("in-memory", directory, $"it lies in memory ({drive.DriveFormat}): it takes the workers' memory, and a restart empties it", "set Cache:Directory to a directory on a disk");
            }
            else if (drive.DriveType == DriveType.Network || _network.Contains(drive.DriveFormat))
            {
                findings.Add("network-file-system", directory, $"it lies on a network file system ({drive.DriveFormat}), whose locks may not lock", "set Cache:Directory to a directory on a local disk");
            }
        }
    }

    public static void Look(InspectedSpace space, string root, Findings findings)
    {
        if (space.AvailableBytes < space.FloorBytes)
        {
            findings.Add(
                "free-space", root, $"the disk has {Figures.Bytes(space.AvailableBytes)} left, and MinFreeSpace wants {Figures.Bytes(space.FloorBytes)}: the cache shrinks, or stores nothing", "make space on the disk, or lower MinFreeSpace");
        }

        // Before anybody has counted nothing can be said.
        else if (space.UsedBytes is { } used && space.LimitBytes - used > space.AvailableBytes - space.FloorBytes)
        {
            findings.Add(
                "max-size",
                root,
                $"MaxSize is {Figures.Bytes(space.LimitBytes)}, and with {Figures.Bytes(used)} used and {Figures.Bytes(space.AvailableBytes - space.FloorBytes)} above MinFreeSpace it cannot be reached",
                "lower MaxSize or MinFreeSpace, or make space on the disk");
        }
    }
}
