namespace SmartCache.Tool.Doctor;

/// <summary>Whether a hit can share blocks with the work directory, or has to copy. Two small files are made in the work directory for a moment, and none in the cache.</summary>
internal static class WorkChecks
{
    public static void Look(string work, IReadOnlyList<InspectedLayer> layers, Findings findings)
    {
        if (!Directory.Exists(work))
        {
            findings.Add("no-work-directory", work, "there is no such directory", "name the directory in which jobs keep their files");
            return;
        }

        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        if (PlainCalls.WhyNotUsable(work, isDirectory: true) is { } why)
        {
            findings.Add("work-not-usable", work, why, "run this as the worker's user");
            return;
        }

        var (links, clones) = Try(work);
        var mounts = MountTable.OfProcess();
        foreach (var layer in layers.Where(static layer => layer.IsPresent && layer.Name != "uploads"))
        {
            var (here, there) = (mounts.Of(work), mounts.Of(layer.Directory));
            if (!(links && here?.Id == there?.Id) && !(clones && here?.Device == there?.Device))
            {
                findings.Add("copies", work, $"it shares no blocks with {layer.Directory}: {Why(here, there)}, so that each hit copies", "put both on one mount, best of xfs or btrfs");
            }
        }
    }

    private static string Why((string Id, string Device)? here, (string Id, string Device)? there) =>
        here?.Device != there?.Device ? "they lie on two file systems" : here?.Id != there?.Id ? "they lie on two mounts, and the file system has no reflinks" : "the file system has neither hard links nor reflinks";

    private static (bool Links, bool Clones) Try(string work)
    {
        var path = Path.Combine(work, $".smartcache-doctor-{Guid.NewGuid():N}");
        var second = path + "-2";
        try
        {
            using var from = File.OpenHandle(path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.ReadWrite);
            RandomAccess.Write(from, new byte[4096], 0);
            var links = PlainCalls.TryLink(path, second);
            File.Delete(second);
            using var to = File.OpenHandle(second, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.ReadWrite);
            return (links, PlainCalls.TryClone(from, to));
        }
        finally
        {
            File.Delete(path);
            File.Delete(second);
        }
    }
}
