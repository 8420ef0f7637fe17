using SmartCache.Diagnostics;
using SmartCache.Layers;
using SmartCache.Storage;

namespace SmartCache.Maintenance;

/// <summary>
/// Counts what eviction destroyed and somebody had to make again: each tombstone once, by whichever process makes the entry again. What policies are judged by.
/// Looks in the background, after the work was done.
/// </summary>
internal sealed class Regret(Tombstones tombstones, LayerAccess quota, BackgroundSaves saves, CacheMeter meter)
{
    // Of a damaged file: no work takes a year.
    private const double MaxSeconds = 365 * 86_400;

    /// <summary>Leaves tombstones. Their loss is a fault in the log and nothing else.</summary>
    public ValueTask<bool> BuryAsync(IReadOnlyList<Tombstone> evicted, CancellationToken cancellationToken) =>
        quota.Boundary.AttemptAsync(
            "bury",
            false,
            pulse =>
            {
                tombstones.Add(evicted, pulse);
                return true;
            },
            cancellationToken);

    /// <summary>The tombstone of an entry, which it keeps; <see langword="null"/> where it has none.</summary>
    public ValueTask<Tombstone?> FindAsync(string layer, string entry, CancellationToken cancellationToken) =>
        quota.Boundary.AttemptAsync("look for a tombstone", null, _ => tombstones.Find(layer, entry), cancellationToken);

    /// <summary>Work was done because the cache did not have this entry. Nobody waits for it.</summary>
    public void Look(string layer, string entry) => _ = saves.Run(async stopping =>
    {
        try
        {
            var found = await quota.Boundary.AttemptAsync("look for a tombstone", null, pulse => tombstones.Take(layer, entry, pulse), stopping).ConfigureAwait(false);
            if (found is not null)
            {
                var age = quota.Time.GetUtcNow() - found.EvictedAt;
                var cost = TimeSpan.FromSeconds(Math.Clamp(found.CostSeconds, 0, MaxSeconds));
                meter.Regretted(layer, found.Reason, found.Policy, cost, Math.Max(0, found.Bytes));
                quota.Record(new HistoryEvent(HistoryEventKind.Regretted)
                {
                    Layer = layer, Entry = entry, Duration = age, Cost = cost, Bytes = found.Bytes, Limit = found.Reason, Policy = found.Policy,
                });
                MaintenanceLog.Regretted(quota.Logger, layer, EntryName.Short(entry), Math.Max(0, age.TotalHours), found.Reason, found.Policy, found.CostSeconds, found.Bytes);
            }

            return true;
        }
        catch (OperationCanceledException)
        {
            return false; // the process ends
        }
    });
}
