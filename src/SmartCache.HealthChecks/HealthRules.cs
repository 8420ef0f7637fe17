using System.Globalization;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace SmartCache.HealthChecks;

/// <summary>
/// What the thresholds make of a state. <c>Unhealthy</c> is a cache that does nothing and will not by itself, or a disk that is about to fail the worker too; all else that somebody
/// should look at is <c>Degraded</c>.
/// </summary>
/// <param name="now">The state.</param>
/// <param name="before">The one that the window begins with; <see langword="null"/> for the beginning of the process.</param>
/// <param name="limits">The thresholds.</param>
internal sealed class HealthRules(CacheState now, CacheState? before, SmartCacheHealthOptions limits)
{
    public IEnumerable<HealthFinding> Apply()
    {
        if (!now.IsEnabled)
        {
            // Off by its settings is what somebody wants. Off by a typing error is what nobody knows.
            return now.HasInvalidSettings ? [new(HealthStatus.Unhealthy, "invalid-settings", "The settings were invalid at start, and the cache is off.")] : [];
        }

        return [.. now.Layers.SelectMany(OfLayer), .. OfQuarantine(), .. OfSpace(), .. OfCleanup(), .. OfRemote()];
    }

    /// <summary>What came to a count of a layer within the window.</summary>
    public long Since(LayerState layer, Func<LayerState, long> count) => count(layer) - (before?.Layers.FirstOrDefault(one => one.Name == layer.Name) is { } earlier ? count(earlier) : 0);

    /// <summary>Entries that were given up within the window.</summary>
    public long Dropped => (now.Remote?.Dropped ?? 0) - (before?.Remote?.Dropped ?? 0);

    private IEnumerable<HealthFinding> OfLayer(LayerState layer)
    {
        if (OfCondition(layer) is { } finding)
        {
            yield return finding;
        }

        if (layer.Disk is { } disk)
        {
            foreach (var lack in OfDisk(layer.Name, disk))
            {
                yield return lack;
            }
        }

        if (Since(layer, static one => one.Faults) is var faults && faults >= limits.Faults)
        {
            yield return Degraded("faults", $"{layer.Name}: {faults} operations failed.");
        }

        // A layer that observes gives nothing, and one that is off is not asked.
        var missed = Since(layer, static one => one.Retries.Misses);
        if (layer.Condition is not (LayerCondition.Observing or LayerCondition.Off) && missed >= limits.Retries && Since(layer, Spared) == 0)
        {
            yield return Degraded("retries-miss", $"{layer.Name}: {missed} requests of retries, and not one was spared any work. The lines 100, 110 and 300 to 302 say why.");
        }
    }

    private static HealthFinding? OfCondition(LayerState layer) => layer.Condition switch
    {
        LayerCondition.Out => new(HealthStatus.Unhealthy, "layer-out", $"{layer.Name}: the directory cannot be used ({layer.Reason})."),
        LayerCondition.ForeignDirectory => new(HealthStatus.Unhealthy, "foreign-directory", $"{layer.Name}: a directory of the cache is somebody else's."),
        LayerCondition.Resting => Degraded("layer-resting", $"{layer.Name}: the disk does not answer."),
        LayerCondition.Disabled => Degraded("disabled", $"{layer.Name}: a file DISABLED switches the cache off."),
        _ => null,
    };

    private IEnumerable<HealthFinding> OfDisk(string layer, DiskState disk)
    {
        if (disk.FreeBytes < disk.FloorBytes * limits.FreeSpaceFactor || disk.FreeBytes < disk.FloorBytes * limits.CriticalFactor)
        {
            yield return Lack("free-space", disk.FreeBytes, disk.FloorBytes, $"{layer}: the disk has {disk.FreeBytes} bytes left, with MinFreeSpace at {disk.FloorBytes}.");
        }

        if (disk.FreeInodes < disk.FloorInodes * limits.FreeInodesFactor || disk.FreeInodes < disk.FloorInodes * limits.CriticalFactor)
        {
            yield return Lack("free-inodes", disk.FreeInodes, disk.FloorInodes, $"{layer}: the disk can take {disk.FreeInodes} more files, with MinFreeInodes at {disk.FloorInodes}.");
        }
    }

    private HealthFinding Lack(string code, long free, long floor, FormattableString text) =>
        new(free < floor * limits.CriticalFactor ? HealthStatus.Unhealthy : HealthStatus.Degraded, code, text.ToString(CultureInfo.InvariantCulture));

    private IEnumerable<HealthFinding> OfQuarantine()
    {
        var wrong = now.Layers.Sum(layer => Since(layer, static one => one.Quarantined));
        if (wrong >= limits.Quarantined)
        {
            yield return Degraded("quarantine", $"{wrong} entries were proven wrong. Test the disk and the memory.");
        }
    }

    private IEnumerable<HealthFinding> OfSpace()
    {
        if (now.Space is not { } space)
        {
            yield break;
        }

        if (space.UsedBytes > space.LimitBytes * limits.UsedShare)
        {
            yield return Degraded("used", $"The cache takes {space.UsedBytes} bytes, with MaxSize at {space.LimitBytes}.");
        }

        if (now.NeededBytes is { } needed && needed >= space.LimitBytes * limits.WorkingSetShare)
        {
            yield return Degraded("working-set", $"Unfinished jobs need {needed} bytes, with MaxSize at {space.LimitBytes}. Raise it, or run fewer jobs at a time.");
        }
    }

    private IEnumerable<HealthFinding> OfCleanup()
    {
        if (now.SinceCleanup > now.CleanupInterval * limits.CleanupIntervals)
        {
            yield return Degraded("no-cleanup", $"No clean-up for {now.SinceCleanup.TotalHours:F1} h, with CleanupInterval at {now.CleanupInterval.TotalHours:F1} h.");
        }
    }

    private IEnumerable<HealthFinding> OfRemote()
    {
        if (now.Remote is not { } remote)
        {
            yield break;
        }

        if (remote.ReadsRest || remote.WritesRest)
        {
            yield return Degraded("remote-resting", $"The remote store failed and is left alone ({(remote.ReadsRest ? remote.WritesRest ? "reads and writes" : "reads" : "writes")}). Jobs go on without it.");
        }

        if (remote.OldestOwed > limits.OwedAge)
        {
            yield return Degraded("remote-owed", $"{remote.OwedEntries} entries wait to be sent to the remote store, the oldest for {remote.OldestOwed.TotalHours:F1} h.");
        }

        if (Dropped is > 0 and var dropped)
        {
            yield return Degraded("remote-dropped", $"{dropped} entries will not reach the remote store: QueueSize or QueueAge.");
        }
    }

    private static long Spared(LayerState layer) => layer.Retries.Hits + layer.Retries.Joined + layer.Retries.SavedBytes;

    private static HealthFinding Degraded(string code, FormattableString text) => new(HealthStatus.Degraded, code, text.ToString(CultureInfo.InvariantCulture));
}
