using Microsoft.Extensions.Logging;
using SmartCache.Configuration;
using SmartCache.Eviction;
using SmartCache.Sources;
using SmartCache.Storage;
using SmartCache.Storage.Platform;

namespace SmartCache.Maintenance;

/// <summary>
/// One clean-up over all layers: leftovers of crashes, then entries unused for <c>MaxAge</c> that no unfinished job needs, then, over <c>MaxSize</c>,
/// the policy's victims down to the low-water mark. One process at a time does it; each entry is tried under its own exclusive lock, so a leased one is passed by.
/// </summary>
internal sealed class CacheCleaner(
    SourceStore sources,
    CacheLayer profiles,
    Func<OperationPulse, DateTimeOffset, IReadOnlyDictionary<string, JobNeed>> neededByUnfinishedJobs,
    CurrentAdvisor advisors,
    ICacheSettingsSource settings,
    TimeProvider time,
    ILogger logger)
{
    /// <summary>Down to this share of <c>MaxSize</c>: a trigger that equals its target would evict at each publish.</summary>
    private const double LowWaterMark = 0.9;

    private readonly CacheLayer[] _layers = [sources.Layer, profiles];
    private long _knownBytes = -1;
    private int _recalled;

    /// <summary>Bytes of entries as the last clean-up left them plus what was published since; -1 before the first.</summary>
    public long KnownBytes => Interlocked.Read(ref _knownBytes);

    /// <summary>Notes a published entry; true where a clean-up is due because of it.</summary>
    public bool NotePublished(long bytes) =>
        Interlocked.Read(ref _knownBytes) < 0 || Interlocked.Add(ref _knownBytes, bytes) > settings.Current.MaxSize;

    public async Task<CleanupReport> RunAsync(CancellationToken cancellationToken)
    {
        var clock = time.GetTimestamp();
        var turn = await sources.Layer.Boundary.AttemptAsync("become evictor", null, _ => TryLockEvictor(), cancellationToken).ConfigureAwait(false);
        if (turn is null)
        {
            return new CleanupReport { AlreadyRunning = true };
        }

        using (turn)
        {
            var now = time.GetUtcNow();
            var needed = await sources.Layer.Boundary.AttemptAsync<IReadOnlyDictionary<string, JobNeed>?>("read jobs", null, pulse => neededByUnfinishedJobs(pulse, now), cancellationToken).ConfigureAwait(false);
            var found = new List<(CacheLayer Layer, StoredEntry Entry)>();
            var report = new CleanupReport();
            long loose = 0;
            var unseen = new List<CacheLayer>();
            foreach (var layer in _layers)
            {
                // Apart: a leftover that cannot be deleted must not keep the layer from being cleaned.
                var leftovers = await layer.Boundary.AttemptAsync("sweep", 0, pulse => new LayerSweeper(layer).Sweep(now, pulse), cancellationToken).ConfigureAwait(false);
                var (entries, looseBytes) = await layer.Boundary.AttemptAsync<(List<StoredEntry>?, long)>("scan", (null, 0), pulse => Scan(layer, now, pulse), cancellationToken).ConfigureAwait(false);
                if (entries is null)
                {
                    unseen.Add(layer);
                    entries = [];
                }

                found.AddRange(entries.Select(entry => (layer, entry)));
                loose += looseBytes;
                report = report with { Leftovers = report.Leftovers + leftovers, BytesBefore = report.BytesBefore + entries.Sum(static entry => entry.Bytes) };
            }

            await RecallEvictionAsync(cancellationToken).ConfigureAwait(false);
            var kept = new List<(CacheLayer Layer, StoredEntry Entry)>();
            var expired = await RemoveExpiredAsync(found, kept, needed, now, cancellationToken).ConfigureAwait(false);
            var evicted = await EvictAsync(kept, needed, loose, now, cancellationToken).ConfigureAwait(false);
            await FinishAsync(kept, unseen, now, cancellationToken).ConfigureAwait(false);
            var after = kept.Sum(static item => item.Entry.Bytes);
            if (unseen.Count == 0)
            {
                // A layer that could not be looked at is not empty: what was known before is nearer to the truth.
                Interlocked.Exchange(ref _knownBytes, after);
            }

            report = report with { ExpiredEntries = expired, EvictedEntries = evicted, BytesAfter = after };
            MaintenanceLog.CleanedUp(logger, expired, evicted, report.Leftovers, report.BytesBefore, after, time.GetElapsedTime(clock).TotalSeconds);
            return report;
        }
    }

    // Once per process, before its first decision. Later the process knows at least as much as the file.
    private async Task RecallEvictionAsync(CancellationToken cancellationToken)
    {
        if (Interlocked.Exchange(ref _recalled, 1) == 1)
        {
            return;
        }

        var state = await sources.Layer.Boundary.AttemptAsync("read eviction state", null, _ => IndexSnapshot.ReadEviction(sources.Layer.Directory), cancellationToken).ConfigureAwait(false);
        if (state is not null)
        {
            advisors.Get().LoadState(state);
        }
    }

    private FileLock? TryLockEvictor() => sources.Layer.Directory.TryLock("evictor", exclusive: true);

    // The loose bytes last: the scan may quarantine.
    private static (List<StoredEntry>? Entries, long LooseBytes) Scan(CacheLayer layer, DateTimeOffset now, OperationPulse pulse) =>
        (new EntryScan(layer.Entries).Read(now, pulse), new LayerSweeper(layer).LooseBytes(pulse));

    private async Task<int> RemoveExpiredAsync(
        List<(CacheLayer Layer, StoredEntry Entry)> found,
        List<(CacheLayer Layer, StoredEntry Entry)> kept,
        IReadOnlyDictionary<string, JobNeed>? needed,
        DateTimeOffset now,
        CancellationToken cancellationToken)
    {
        var removed = 0;
        foreach (var item in found)
        {
            // Where the jobs could not be read nobody knows what they need, and age alone removes nothing.
            var isExpired = now - item.Entry.LastAccess > settings.Current.MaxAge && needed?.ContainsKey(item.Entry.Name) == false;
            if (isExpired && await TryRemoveAsync(item.Layer, item.Entry, "MaxAge", now, cancellationToken).ConfigureAwait(false))
            {
                removed++;
            }
            else
            {
                kept.Add(item);
            }
        }

        return removed;
    }

    private async Task<int> EvictAsync(
        List<(CacheLayer Layer, StoredEntry Entry)> kept, IReadOnlyDictionary<string, JobNeed>? needed, long loose, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var limit = settings.Current.MaxSize;
        var used = kept.Sum(static item => item.Entry.Bytes) + loose;
        if (used <= limit)
        {
            return 0;
        }

        if (loose > 0)
        {
            used -= loose;
            used += await EmptyQuarantinesAsync(cancellationToken).ConfigureAwait(false);
        }

        // A name is unique in its layer only: somebody may have copied a directory into another one.
        var items = kept.ToDictionary(item => (KindOf(item.Layer), item.Entry.Name));
        var plan = advisors.Get().Plan(kept.Select(item => Candidate(KindOf(item.Layer), item.Entry, needed)).ToArray(), now);
        var removed = 0;
        while (used > limit * LowWaterMark && plan.TryNext(out var victim, out var candidate))
        {
            // A limit takes everything; the way on down to the low-water mark only what no unfinished job needs.
            if (used <= limit && victim.Level != ProtectionLevel.Free)
            {
                break;
            }

            var item = items[(candidate.Kind, candidate.Key)];
            if (await TryRemoveAsync(item.Layer, item.Entry, "MaxSize", now, cancellationToken).ConfigureAwait(false))
            {
                plan.ReportRemoved(victim);
                kept.Remove(item);
                used -= item.Entry.Bytes;
                removed++;
            }
        }

        if (used > limit)
        {
            MaintenanceLog.StillTooLarge(logger, used, limit);
        }

        return removed;
    }

    private EntryKind KindOf(CacheLayer layer) => layer == sources.Layer ? EntryKind.Source : EntryKind.Profile;

    private static EvictionCandidate Candidate(EntryKind kind, StoredEntry entry, IReadOnlyDictionary<string, JobNeed>? needed)
    {
        var need = needed?.GetValueOrDefault(entry.Name) ?? default;
        return new EvictionCandidate
        {
            Key = entry.Name,
            Kind = kind,
            Size = entry.Bytes,
            CostSeconds = entry.CostSeconds > 0 ? entry.CostSeconds : null,
            Created = entry.Created,
            LastAccess = entry.LastAccess,
            UnfinishedJobs = need.Jobs,
            ProtectedUntil = need.Jobs == 0 ? default : Later(need.LastActivity, need.RetryExpectedAt) + JobProtection.Default.Period,
        };
    }

    private static DateTimeOffset Later(DateTimeOffset one, DateTimeOffset? other) => other is { } at && at > one ? at : one;

    /// <returns>Bytes that are loose all the same.</returns>
    private async ValueTask<long> EmptyQuarantinesAsync(CancellationToken cancellationToken)
    {
        long loose = 0;
        foreach (var layer in _layers)
        {
            var sweeper = new LayerSweeper(layer);
            await layer.Boundary.AttemptAsync(
                "empty quarantine",
                false,
                pulse =>
                {
                    sweeper.EmptyQuarantine(pulse);
                    return true;
                },
                cancellationToken).ConfigureAwait(false);
            loose += await layer.Boundary.AttemptAsync("scan", 0L, sweeper.LooseBytes, cancellationToken).ConfigureAwait(false);
        }

        return loose;
    }

    private async ValueTask<bool> TryRemoveAsync(CacheLayer layer, StoredEntry entry, string reason, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var removed = await layer.Boundary.AttemptAsync("evict", false, _ => layer.Entries.TryEvict(entry.Name, entry.LastAccess), cancellationToken).ConfigureAwait(false);
        if (removed)
        {
            layer.Meter.Evicted(layer.Name, reason, entry.Bytes);
            MaintenanceLog.Evicted(logger, layer.Name, EntryStore.Short(entry.Name), reason, entry.Bytes, (now - entry.LastAccess).TotalHours);
        }

        return removed;
    }

    private async Task FinishAsync(
        List<(CacheLayer Layer, StoredEntry Entry)> kept, List<CacheLayer> unseen, DateTimeOffset now, CancellationToken cancellationToken)
    {
        foreach (var layer in _layers)
        {
            var entries = kept.Where(item => item.Layer == layer).Select(static item => item.Entry).ToList();
            await layer.Boundary.AttemptAsync(
                "finish clean-up",
                false,
                pulse =>
                {
                    if (!unseen.Contains(layer))
                    {
                        IndexSnapshot.Write(layer.Directory, entries, layer == sources.Layer ? advisors.Get().SaveState() : null, now);
                    }

                    new LayerSweeper(layer).EmptyTrash(pulse);
                    return true;
                },
                cancellationToken).ConfigureAwait(false);
        }

        await sources.Layer.Boundary.AttemptAsync(
            "expire records",
            0,
            pulse => ExpiredRecords.Remove(sources.Catalog.KeysDirectory, settings.Current.UploadStateMaxAge, now, pulse)
                + ExpiredRecords.Remove(sources.Catalog.FactsDirectory, settings.Current.UploadStateMaxAge, now, pulse)
                + ExpiredRecords.Remove(sources.PartialsDirectory, settings.Current.MaxAge, now, pulse),
            cancellationToken).ConfigureAwait(false);
    }
}
