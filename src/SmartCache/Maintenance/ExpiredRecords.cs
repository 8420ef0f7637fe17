using SmartCache.Storage;
using SmartCache.Storage.Platform;

namespace SmartCache.Maintenance;

/// <summary>Removes small files, and partial downloads, that nobody used for a time; their modification time is their last use.</summary>
internal static class ExpiredRecords
{
    /// <summary>A download that is alive writes to its partial now and then; taking that away would fail its job.</summary>
    public static readonly TimeSpan PartialsMayLive = TimeSpan.FromHours(1);

    /// <summary>Takes the partial downloads away that may not be alive any more.</summary>
    public static int RemoveIdlePartials(string directory, DateTimeOffset now, OperationPulse pulse) =>
        Remove(directory, OwnNames.IsPartial, PartialsMayLive, now, new TimesAhead(), pulse);

    /// <param name="directory">Where they are.</param>
    /// <param name="isOwn">Which names there are the cache's.</param>
    /// <param name="maxAge">Longer unused than this, they go.</param>
    /// <param name="now">The time.</param>
    /// <param name="ahead">What is remembered of those whose time is later than that.</param>
    /// <param name="pulse">Beaten for each.</param>
    public static int Remove(string directory, Func<string, bool> isOwn, TimeSpan maxAge, DateTimeOffset now, TimesAhead ahead, OperationPulse pulse)
    {
        // Through a link it would delete somebody else's files.
        if (FileSystem.Current.Stat(directory) is not { Kind: FileKind.Directory })
        {
            return 0;
        }

        var removed = 0;
        foreach (var file in new DirectoryInfo(directory).EnumerateFiles().Where(file => isOwn(file.Name)))
        {
            pulse.Beat();
            if (now - ahead.Believe(file.FullName, file.LastWriteTimeUtc, now) > maxAge)
            {
                file.Delete();
                removed++;
            }
        }

        return removed;
    }
}
