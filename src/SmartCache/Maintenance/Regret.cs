using Microsoft.Extensions.Logging;
using SmartCache.Diagnostics;
using SmartCache.Layers;
using SmartCache.Storage;

namespace SmartCache.Maintenance;

/// <summary>
/// Counts what eviction destroyed and somebody had to make again: each tombstone once, by whichever process makes the entry again. What policies are judged by.
/// Looks in the background, after the work was done.
/// </summary>
internal sealed class Regret(Tombstones tombstones, CacheBoundary boundary, BackgroundSaves saves, CacheMeter meter, TimeProvider time, ILogger logger)
{
    // Of a damaged file: no work takes a year.
    private const double MaxSeconds = 365 * 86_400;

    /// <summary>Leaves tombstones. Their loss is a fault in the log and nothing else.</summary>
    public ValueTask<bool> BuryAsync(IReadOnlyList<Tombstone> evicted, CancellationToken cancellationToken) =>
        boundary.AttemptAsync(
            "bury",
            false,
            pulse =>
            {
                tombstones.Add(evicted, pulse);
                return true;
            },
            cancellationToken);

    /// <summary>Work was done because the cache did not have this entry. Nobody waits for it.</summary>
    public void Look(string layer, string entry) => _ = saves.Run(async stopping =>
    {
        try
        {
            var found = await boundary.AttemptAsync("look for a tombstone", null, pulse => tombstones.Take(layer, entry, pulse), stopping).ConfigureAwait(false);
            if (found is not null)
            {
                var age = time.GetUtcNow() - found.EvictedAt;
                meter.Regretted(layer, found.Reason, found.Policy, TimeSpan.FromSeconds(Math.Clamp(found.CostSeconds, 0, MaxSeconds)), Math.Max(0, found.Bytes));
                MaintenanceLog.Regretted(logger, layer, EntryName.Short(entry), Math.Max(0, age.TotalHours), found.Reason, found.Policy, found.CostSeconds, found.Bytes);
            }

            return true;
        }
        catch (OperationCanceledException)
        {
            return false; // the process ends
        }
    });
}
