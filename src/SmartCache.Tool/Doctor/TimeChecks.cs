using SmartCache.Tool.Finding;
using SmartCache.Tool.Output;

namespace SmartCache.Tool.Doctor;

/// <summary>Whether times can be relied on: how finely the file systems count, and whether something lies ahead of the clock.</summary>
internal static class TimeChecks
{
    private const int Enough = 3;
    private const int MostSamples = 50;

    // A clock that the network sets runs a little before or behind.
    private static readonly TimeSpan _tolerance = TimeSpan.FromMinutes(1);

    /// <summary>By the change times of what lies there, which nobody can set: where all are whole seconds the file system knows no others.</summary>
    public static void LookAtStamps(IReadOnlyList<InspectedLayer> layers, string root, Findings findings)
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        var mounts = MountTable.OfProcess();
        foreach (var directory in layers.Where(static layer => layer.IsPresent && layer.Failure is null).Select(static layer => layer.Directory).Prepend(root).DistinctBy(directory => mounts.Of(directory)?.Device ?? directory))
        {
            var stamps = Directory.EnumerateFileSystemEntries(directory).Take(MostSamples).Append(Path.Combine(directory, ".")).Select(PlainCalls.OwnerOf).OfType<FileOwner>().Select(static found => found.ChangedNanoseconds).ToList();
            if (stamps.Count >= Enough && stamps.TrueForAll(static part => part == 0))
            {
                findings.Add(
                    "coarse-stamps",
                    directory,
                    "its file system counts time in whole seconds, so that a write is not seen within one: a file that was just written is waited for up to 2 s, and hits read more bytes",
                    "make the file system with inodes of 256 bytes or more (mkfs.ext4 -I 256), or use xfs");
            }
        }
    }

    public static async Task LookAtClockAsync(CacheInspector inspector, IReadOnlyList<InspectedEntry> entries, DateTimeOffset now, Findings findings, CancellationToken cancellationToken)
    {
        var jobs = await inspector.JobsAsync(cancellationToken).ConfigureAwait(false);
        var ahead = entries.SelectMany(static entry => new[] { entry.LastUse, entry.Created }).Concat(jobs.Select(static job => job.State.LastActivity)).Where(time => time > now + _tolerance).ToList();
        if (ahead.Count > 0)
        {
            findings.Add(
                "clock",
                inspector.Directory,
                $"{ahead.Count} times of entries and jobs lie ahead of the clock, by {Figures.Seconds((ahead.Max() - now).TotalSeconds)} at most: it was, or is, set wrongly, and what is old cannot be told from what is new",
                "compare the clocks of all machines that use the cache (timedatectl). What lies ahead counts as used now, and ages from then on");
        }
    }
}
