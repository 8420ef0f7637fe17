using SmartCache.Storage;
using SmartCache.Storage.Platform;

namespace SmartCache.Maintenance;

/// <summary>Removes small files, and partial downloads, that nobody used for a time; their modification time is their last use.</summary>
internal static class ExpiredRecords
{
    /// <summary>A download that is alive writes to its partial now and then; taking that away would fail its job.</summary>
    public static readonly TimeSpan PartialsMayLive = TimeSpan.FromHours(1);

    public static int Remove(string directory, TimeSpan maxAge, DateTimeOffset now, OperationPulse pulse)
    {
        // Through a link it would delete somebody else's files.
        if (FileSystem.Current.Stat(directory) is not { Kind: FileKind.Directory })
        {
            return 0;
        }

        var removed = 0;
        foreach (var file in new DirectoryInfo(directory).EnumerateFiles())
        {
            pulse.Beat();
            if (now - file.LastWriteTimeUtc > maxAge)
            {
                file.Delete();
                removed++;
            }
        }

        return removed;
    }
}
