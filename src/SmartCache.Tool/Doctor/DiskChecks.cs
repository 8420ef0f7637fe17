using SmartCache.Tool.Output;

namespace SmartCache.Tool.Doctor;

/// <summary>What the directories lie on, and whether there is room for what the limits allow.</summary>
internal static class DiskChecks
{
    private static readonly string[] _memory = ["tmpfs", "ramfs"];
    private static readonly string[] _network = ["nfs", "nfs4", "cifs", "smb", "smb2", "smb3", "smbfs", "ceph", "afs", "9p", "v9fs", "lustre", "gfs", "gfs2", "fuse.sshfs", "glusterfs"];

    public static void Look(IReadOnlyList<InspectedLayer> layers, string root, Findings findings)
    {
        var mounts = Mounts();
        foreach (var directory in layers.Where(static layer => layer.IsPresent).Select(static layer => layer.Directory).Prepend(root).DistinctBy(directory => DiskOf(mounts, directory)))
        {
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

    public static void Look(InspectedSpace space, IReadOnlyList<InspectedLayer> layers, string root, Findings findings)
    {
        var mounts = Mounts();
        var there = layers.Where(static layer => layer.IsPresent && layer.TotalBytes > 0).ToList();
        var disks = there.Select(static layer => (layer.Directory, Available: layer.AvailableBytes, Floor: layer.FloorBytes))
            .Prepend((Directory: root, Available: space.AvailableBytes, Floor: space.FloorBytes))
            .DistinctBy(disk => DiskOf(mounts, disk.Directory)).ToList();
        var full = disks.FindAll(static disk => disk.Available < disk.Floor);
        foreach (var (directory, available, floor) in full)
        {
            findings.Add(
                "free-space", directory, $"the disk has {Figures.Bytes(available)} left, and MinFreeSpace wants {Figures.Bytes(floor)}: the cache shrinks, or stores nothing", "make space on the disk, or lower MinFreeSpace");
        }

        foreach (var layer in there.Where(static layer => layer.FloorInodes > 0 && layer.FreeInodes < layer.FloorInodes).DistinctBy(layer => DiskOf(mounts, layer.Directory)))
        {
            findings.Add(
                "free-inodes",
                layer.Directory,
                $"the disk can take {Figures.Count(layer.FreeInodes)} more files, and MinFreeInodes wants {Figures.Count(layer.FloorInodes)}: the cache shrinks, or stores nothing",
                "delete files on the disk, make the file system with more inodes (mkfs.ext4 -N, or xfs), or lower MinFreeInodes");
        }

        // Before anybody has counted nothing can be said, and over several disks nothing says how much of the limit each has to hold.
        if (full.Count == 0 && layers.Count > 0 && disks.Count == 1 && space.UsedBytes is { } used && space.LimitBytes - used > space.AvailableBytes - space.FloorBytes)
        {
            findings.Add(
                "max-size",
                root,
                $"MaxSize is {Figures.Bytes(space.LimitBytes)}, and with {Figures.Bytes(used)} used and {Figures.Bytes(space.AvailableBytes - space.FloorBytes)} above MinFreeSpace it cannot be reached",
                "lower MaxSize or MinFreeSpace, or make space on the disk");
        }
    }

    private static MountTable? Mounts() => OperatingSystem.IsLinux() ? MountTable.OfProcess() : null;

    private static string DiskOf(MountTable? mounts, string directory) => mounts?.Of(directory)?.Device ?? new DriveInfo(directory).Name;
}
