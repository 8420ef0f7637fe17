using SmartCache.Tool.Finding;
using SmartCache.Tool.Output;
using SmartCache.Tool.Views;

namespace SmartCache.Tool.Removal;

/// <summary>Does what was asked for through the library, and looks afterwards what is left: the library's methods fail by no exception.</summary>
internal sealed class Removing(RemovalPlan plan, Func<CacheManager, CancellationToken, Task> work, bool forgetsKeys = false)
{
    /// <summary>Removes what the plan has: the entries first, so that whoever is killed in between finds the rest by its keys.</summary>
    /// <param name="plan">What somebody agreed to.</param>
    /// <param name="inspector">Looks what became of the keys since.</param>
    public static Removing Of(RemovalPlan plan, CacheInspector inspector) => new(plan, async (manager, cancellationToken) =>
    {
        // With the parts of unfinished encodes, of which this knows nothing, and with what a pool has of them, also where the source is no longer here.
        foreach (var hash in plan.WholeSources)
        {
            await manager.RemoveBySourceAsync(hash, cancellationToken).ConfigureAwait(false);
        }

        foreach (var entry in plan.Entries)
        {
            await manager.RemoveEntryAsync(entry.Kind, entry.Name, cancellationToken).ConfigureAwait(false);
        }

        // A key that leads elsewhere by now was fetched anew since: nobody was asked about that.
        var now = await KeysAsync(inspector, static key => (key.Key.Name, key.ContentHash), cancellationToken).ConfigureAwait(false);
        foreach (var key in plan.Keys.Where(key => now.Contains((key.Key.Name, key.ContentHash))))
        {
            await manager.Sources.RemoveAsync(key.Key, cancellationToken).ConfigureAwait(false);
        }
    }, forgetsKeys: true);

    public async Task<RemovalView> RunAsync(CacheInspector inspector, Func<FaultList, CacheManager> open, string afterwards, CancellationToken cancellationToken)
    {
        using var faults = new FaultList();
        var manager = open(faults);
        await using (manager.ConfigureAwait(false))
        {
            await work(manager, cancellationToken).ConfigureAwait(false);
        }

        var left = await LeftAsync(inspector, cancellationToken).ConfigureAwait(false);
        return new RemovalView
        {
            Directory = inspector.Directory,
            Entries = plan.Entries.Count,
            Bytes = plan.Bytes,
            CostSeconds = plan.Cost.TotalSeconds,
            Keys = plan.Keys.Count,
            Jobs = plan.Jobs.Count,
            InUse = plan.InUse,
            UnfinishedJobs = plan.UnfinishedJobs,
            Left = left,
            Faults = faults.Faults,
            Afterwards = afterwards,
        };
    }

    // One of the same name that was stored since is a new one. One that is condemned is given out to nobody any more.
    private async Task<int> LeftAsync(CacheInspector inspector, CancellationToken cancellationToken)
    {
        var entries = (await inspector.EntriesAsync(cancellationToken).ConfigureAwait(false)).Where(static entry => !entry.IsCondemned).Select(static entry => (entry.Name, entry.Created)).ToHashSet();
        var jobs = (await inspector.JobsAsync(cancellationToken).ConfigureAwait(false)).Select(static job => (job.Job, job.State.LastActivity)).ToHashSet();
        var keys = forgetsKeys ? await KeysAsync(inspector, static key => (key.Key.Name, key.FetchedAt), cancellationToken).ConfigureAwait(false) : [];
        return plan.Keys.Count(key => keys.Contains((key.Key.Name, key.FetchedAt))) + plan.Entries.Count(entry => entries.Contains((entry.Name, entry.Created))) + plan.Jobs.Count(job => jobs.Contains((job.Job, job.State.LastActivity)));
    }

    private static async Task<HashSet<T>> KeysAsync<T>(CacheInspector inspector, Func<InspectedSourceKey, T> of, CancellationToken cancellationToken)
    {
        var keys = new HashSet<T>();
        await foreach (var key in inspector.ReadSourceKeysAsync(cancellationToken).ConfigureAwait(false))
        {
            keys.Add(of(key));
        }

        return keys;
    }
}
