using SmartCache.Diagnostics;
using SmartCache.Jobs;
using SmartCache.Layers;
using SmartCache.Maintenance;

namespace SmartCache;

/// <summary>Takes what the layers tell to those who want to know it.</summary>
internal sealed class EntryEvents(JobRecords jobs, Regret regret, CacheMeter meter) : IEntryEvents
{
    public void Observe(CacheEvent cacheEvent) => jobs.Observe(cacheEvent);

    public void Use(EntryKind kind, string entry, string jobId, StageUse use) =>
        jobs.Touch(new JobTouch(jobId, kind, entry), () => meter.Retried(EntryLayer.NameOf(kind), use));

    public void MadeAgain(string layer, string entry) => regret.Look(layer, entry);
}
