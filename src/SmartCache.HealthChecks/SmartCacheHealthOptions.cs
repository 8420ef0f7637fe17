namespace SmartCache.HealthChecks;

/// <summary>From what on the cache is <c>Degraded</c> or <c>Unhealthy</c>.</summary>
/// <remarks>A worker without a cache does its jobs all the same, only slower: see the README before you let a check end a worker.</remarks>
public sealed class SmartCacheHealthOptions
{
    /// <summary>Over how long <see cref="Quarantined"/>, <see cref="Faults"/> and <see cref="Retries"/> are counted.</summary>
    /// <value>1 hour. From 1 minute to 7 days. Where the check is asked less often than that, since it was asked last.</value>
    public TimeSpan Window { get; set; } = TimeSpan.FromHours(1);

    /// <summary>The share of <c>MaxSize</c> from which on what unfinished jobs need is <c>Degraded</c>.</summary>
    /// <value>0.9. From 0.1 to 1. Beyond it, a job takes the place of what another one's retry needs.</value>
    public double WorkingSetShare { get; set; } = 0.9;

    /// <summary>The share of <c>MaxSize</c> above which what the cache takes is <c>Degraded</c>.</summary>
    /// <value>1. From 0.1 to 10. A cache at work fills its <c>MaxSize</c> and stays just below; above it, nothing more can go.</value>
    public double UsedShare { get; set; } = 1;

    /// <summary>Below how many times <c>MinFreeSpace</c> the free space of a disk is <c>Degraded</c>.</summary>
    /// <value>1. From 0.1 to 10. A cache that is held by its disk keeps between 1 and 1.1 times the floor free.</value>
    public double FreeSpaceFactor { get; set; } = 1;

    /// <summary>Below how many times <c>MinFreeInodes</c> the files that a disk can still take are <c>Degraded</c>.</summary>
    /// <value>1.2. From 0.1 to 10.</value>
    public double FreeInodesFactor { get; set; } = 1.2;

    /// <summary>Below how many times a floor its disk is <c>Unhealthy</c>: nothing is stored, and the worker's own files are next.</summary>
    /// <value>0.5. From 0 to 10; 0 = never.</value>
    public double CriticalFactor { get; set; } = 0.5;

    /// <summary>How many entries proven wrong within <see cref="Window"/> are <c>Degraded</c>, over all layers.</summary>
    /// <value>3. From 1 to 1,000,000. A single one is a bit that rotted, or a job that wrote into its linked file.</value>
    public int Quarantined { get; set; } = 3;

    /// <summary>How many failed operations of one layer within <see cref="Window"/> are <c>Degraded</c>.</summary>
    /// <value>10. From 1 to 1,000,000.</value>
    public int Faults { get; set; } = 10;

    /// <summary>After how many <c>CleanupInterval</c>s without a clean-up the cache is <c>Degraded</c>.</summary>
    /// <value>3. From 1.1 to 1000.</value>
    public double CleanupIntervals { get; set; } = 3;

    /// <summary>How many requests of retries to one layer within <see cref="Window"/> are <c>Degraded</c> where not one of them was spared any work.</summary>
    /// <value>10. From 1 to 1,000,000.</value>
    public int Retries { get; set; } = 10;

    /// <summary>How long an entry may wait to be sent to the remote store before that is <c>Degraded</c>.</summary>
    /// <value>1 hour. From 1 minute to 30 days. After <c>Cache:Remote:QueueAge</c> it is given up.</value>
    public TimeSpan OwedAge { get; set; } = TimeSpan.FromHours(1);

    /// <summary>All that is out of its range.</summary>
    internal IEnumerable<string> Failures()
    {
        if (Window < TimeSpan.FromMinutes(1) || Window > TimeSpan.FromDays(7))
        {
            yield return $"{nameof(Window)} must be from 1 minute to 7 days.";
        }

        if (OwedAge < TimeSpan.FromMinutes(1) || OwedAge > TimeSpan.FromDays(30))
        {
            yield return $"{nameof(OwedAge)} must be from 1 minute to 30 days.";
        }

        (string Name, double Value, double Least, double Most)[] numbers =
        [
            (nameof(WorkingSetShare), WorkingSetShare, 0.1, 1), (nameof(UsedShare), UsedShare, 0.1, 10),
            (nameof(FreeSpaceFactor), FreeSpaceFactor, 0.1, 10), (nameof(FreeInodesFactor), FreeInodesFactor, 0.1, 10),
            (nameof(CriticalFactor), CriticalFactor, 0, 10), (nameof(CleanupIntervals), CleanupIntervals, 1.1, 1000),
            (nameof(Quarantined), Quarantined, 1, 1_000_000), (nameof(Faults), Faults, 1, 1_000_000), (nameof(Retries), Retries, 1, 1_000_000),
        ];
        foreach (var (name, value, least, most) in numbers)
        {
            // Also what is no number is out of each range.
            if (!(value >= least && value <= most))
            {
                yield return FormattableString.Invariant($"{name} must be from {least} to {most}.");
            }
        }
    }
}
