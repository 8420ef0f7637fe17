using SmartCache.Storage.Platform;

namespace SmartCache.Storage;

/// <summary>What the files below a directory take.</summary>
internal static class DiskUsage
{
    private static readonly EnumerationOptions Everything = new() { RecurseSubdirectories = true, IgnoreInaccessible = true, AttributesToSkip = FileAttributes.ReparsePoint };

    /// <summary>Allocated blocks; 0 where there is no such directory.</summary>
    public static long Of(string directory, OperationPulse pulse)
    {
        if (!Directory.Exists(directory))
        {
            return 0;
        }

        long total = 0;
        foreach (var path in Directory.EnumerateFiles(directory, "*", Everything))
        {
            pulse.Beat();
            total += FileSystem.Current.Stat(path)?.AllocatedBytes ?? 0;
        }

        return total;
    }
}
