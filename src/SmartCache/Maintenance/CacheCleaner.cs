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
            foreach (var layer in _layers)
            {
                var (entries, leftovers, looseBytes) = await layer.Boundary.AttemptAsync<(List<StoredEntry>, int, long)>("scan", ([], 0, 0), pulse => Scan(layer, now, pulse), cancellationToken).ConfigureAwait(false);
                found.AddRange(entries.Select(entry => (layer, entry)));
                loose += looseBytes;
                report = report with { Leftovers = report.Leftovers + leftovers, BytesBefore = report.BytesBefore + entries.Sum(static entry => entry.Bytes) };
            }

            var kept = new List<(CacheLayer Layer, StoredEntry Entry)>();
            var expired = await RemoveExpiredAsync(found, kept, needed, now, cancellationToken).ConfigureAwait(false);
            var evicted = await EvictAsync(kept, needed, loose, now, cancellationToken).ConfigureAwait(false);
            await FinishAsync(kept, now, cancellationToken).ConfigureAwait(false);
            var after = kept.Sum(static item => item.Entry.Bytes);
            Interlocked.Exchange(ref _knownBytes, after);
            report = report with { ExpiredEntries = expired, EvictedEntries = evicted, BytesAfter = after };
            MaintenanceLog.CleanedUp(logger, expired, evicted, report.Leftovers, report.BytesBefore, after, time.GetElapsedTime(clock).TotalSeconds);
            return report;
        }
    }

    private FileLock? TryLockEvictor() => sources.Layer.Directory.TryLock("evictor", exclusive: true);

    private static (List<StoredEntry> Entries, int Leftovers, long LooseBytes) Scan(CacheLayer layer, DateTimeOffset now, OperationPulse pulse)
    {
        var sweeper = new LayerSweeper(layer);
        var leftovers = sweeper.Sweep(now, pulse);
        return (new EntryScan(layer.Entries).Read(now, pulse), leftovers, sweeper.LooseBytes(pulse));
    }

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

        var byName = kept.ToDictionary(static item => item.Entry.Name);
        var plan = advisors.Get().Plan(kept.Select(item => Candidate(item.Layer, item.Entry, needed)).ToArray(), now);
        var removed = 0;
        while (used > limit * LowWaterMark && plan.TryNext(out var victim, out var candidate))
        {
            // A limit takes everything; the way on down to the low-water mark only what no unfinished job needs.
            if (used <= limit && victim.Level != ProtectionLevel.Free)
            {
                break;
            }

            var item = byName[candidate.Key];
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

    private EvictionCandidate Candidate(CacheLayer layer, StoredEntry entry, IReadOnlyDictionary<string, JobNeed>? needed)
    {
        var need = needed?.GetValueOrDefault(entry.Name) ?? default;
        return new EvictionCandidate
        {
            Key = entry.Name,
            Kind = layer == sources.Layer ? EntryKind.Source : EntryKind.Profile,
            Size = entry.Bytes,
            CostSeconds = entry.CostSeconds > 0 ? entry.CostSeconds : null,
            Created = entry.Created,
            LastAccess = entry.LastAccess,
            UnfinishedJobs = need.Jobs,
            ProtectedUntil = need.Jobs == 0 ? default : Later(need.LastActivity, need.RetryExpectedAt) + JobProtection.Default.Period,
        };
    }

    private static DateTimeOffset Later(DateTimeOffset one, DateTimeOffset? other) => other is { } at && at > one ? at : one;

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

    private async Task FinishAsync(List<(CacheLayer Layer, StoredEntry Entry)> kept, DateTimeOffset now, CancellationToken cancellationToken)
    {
        foreach (var layer in _layers)
        {
            var entries = kept.Where(item => item.Layer == layer).Select(static item => item.Entry).ToList();
            await layer.Boundary.AttemptAsync(
                "finish clean-up",
                false,
                pulse =>
                {
                    new LayerSweeper(layer).EmptyTrash(pulse);
                    IndexSnapshot.Write(layer.Directory, entries, now);
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
