namespace SmartCache.Tool.Doctor;

/// <summary>Whether a lock keeps others out. Tried on the markers, which nobody locks and every cache has: nothing is made.</summary>
internal static class LockChecks
{
    private const string Marker = "CACHEDIR.TAG";

    public static void Look(IReadOnlyList<InspectedLayer> layers, string root, Findings findings)
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        var mounts = MountTable.OfProcess();
        foreach (var directory in layers.Where(static layer => layer.IsPresent && layer.Failure is null).Select(static layer => layer.Directory).Prepend(root).DistinctBy(directory => mounts.Of(directory)?.Device ?? directory))
        {
            if (!PlainCalls.DoLocksExclude(Path.Combine(directory, Marker)))
            {
                findings.Add("locks", directory, "a second exclusive lock on a file is granted there, or none at all: the cache stays closed, because nothing can be evicted safely", "put the cache on a local file system with flock(2)");
            }
        }
    }
}
