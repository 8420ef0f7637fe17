using SmartCache.Diagnostics;
using SmartCache.Jobs;
using SmartCache.Layers;
using SmartCache.Remote;
using SmartCache.Sources;

namespace SmartCache.Maintenance;

/// <summary>Puts <see cref="CacheStatistics"/> together: what this process counted, and what lies on the disk.</summary>
internal sealed class StatisticsReader(
    IReadOnlyList<BackgroundVerifier> verifiers, LayerAccess uploads, JobRecords jobs, SpaceKeeper space, IdleParts parts, SourceCatalog catalog, RemoteTier remote, CacheMeter meter)
{
    public async Task<CacheStatistics> ReadAsync(CancellationToken cancellationToken)
    {
        var known = await jobs.CountAsync(cancellationToken).ConfigureAwait(false);
        return new CacheStatistics
        {
            Sources = await EntriesAsync(verifiers[0], cancellationToken).ConfigureAwait(false) with { Prefetch = await PrefetchAsync(cancellationToken).ConfigureAwait(false) },
            Profiles = await EntriesAsync(verifiers[1], cancellationToken).ConfigureAwait(false),
            Uploads = Tallied(uploads.Name) with { Entries = known },
            Checkpoints = await parts.ReadAsync(cancellationToken).ConfigureAwait(false),
            Remote = await remote.ReadAsync(cancellationToken).ConfigureAwait(false),
            Space = await SpaceAsync(cancellationToken).ConfigureAwait(false),
        };
    }

    private async ValueTask<LayerStatistics> EntriesAsync(BackgroundVerifier verifier, CancellationToken cancellationToken)
    {
        var layer = verifier.Layer;
        var entries = await layer.Boundary.AttemptAsync("count", [], pulse => layer.Index.Read(layer.Time.GetUtcNow(), pulse), cancellationToken).ConfigureAwait(false);
        var verification = await verifier.StateAsync(cancellationToken).ConfigureAwait(false);
        return Tallied(layer.Name) with { Entries = entries.Count, Bytes = entries.Sum(static entry => entry.Bytes), Verification = verification?.ToStatistics(entries) };
    }

    private async ValueTask<PrefetchStatistics> PrefetchAsync(CancellationToken cancellationToken)
    {
        var waiting = await catalog.Layer.Boundary.AttemptAsync<IReadOnlyDictionary<string, long>>("count", new Dictionary<string, long>(), catalog.Ahead.Waiting, cancellationToken).ConfigureAwait(false);
        return meter.Prefetch.Read(meter.Tally(catalog.Layer.Name)[CacheOutcome.Prefetched]) with { WaitingEntries = waiting.Count, WaitingBytes = waiting.Values.Sum() };
    }

    private async ValueTask<SpaceStatistics?> SpaceAsync(CancellationToken cancellationToken)
    {
        var usage = await space.UsageAsync(cancellationToken).ConfigureAwait(false);
        if (usage is { Counted: null })
        {
            // Nobody has counted yet, or a file of the account was damaged. What is not known is not 0.
            await space.CountAsync(cancellationToken).ConfigureAwait(false);
            usage = await space.UsageAsync(cancellationToken).ConfigureAwait(false);
        }

        return usage is { Counted: not null } ? new SpaceStatistics { UsedBytes = usage.Total, ReservedBytes = usage.Reserved, LimitBytes = uploads.Settings.Current.MaxSize } : null;
    }

    private LayerStatistics Tallied(string layer)
    {
        var tally = meter.Tally(layer);
        return new LayerStatistics
        {
            Hits = tally[CacheOutcome.Hit],
            Joined = tally[CacheOutcome.Joined],
            Misses = tally[CacheOutcome.Miss],
            Bypasses = tally[CacheOutcome.Bypass],
            ObservedHits = tally.ObservedHits,
            SavedTime = tally.SavedTime,
            SavedBytes = tally.SavedBytes,
            Regret = tally.Regret,
            Retries = meter.RetriesOf(layer),
        };
    }
}
