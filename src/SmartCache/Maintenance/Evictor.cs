using System.Diagnostics;
using Microsoft.Extensions.Logging;
using SmartCache.Configuration;
using SmartCache.Eviction;
using SmartCache.Sources;
using SmartCache.Space;
using SmartCache.Storage;

namespace SmartCache.Maintenance;

/// <summary>
/// Counts what lies in the cache and takes away what has to go, in slices, the policy's victims first. One process at a time does it; each entry is tried
/// under its own exclusive lock, so a leased one is passed by, and looked at again, so one that was used since stays. Space counts as free only once the
/// files are deleted: a process that dies here leaves an account that is too high, never too low.
/// </summary>
internal sealed class Evictor(
    SourceStore sources,
    CacheLayer profiles,
    Func<DateTimeOffset, CancellationToken, ValueTask<IReadOnlyDictionary<string, JobNeed>?>> neededByUnfinishedJobs,
    CurrentAdvisor advisors,
    RecordUsage records,
    SpaceLedger ledger,
    CacheBoundary space,
    Regret regret,
    ICacheSettingsSource settings,
    TimeProvider time,
    ILogger logger) : IRoom
{
    private const int Slice = 32;
    private static readonly TimeSpan OthersPatience = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan Silence = TimeSpan.FromHours(1);

    private readonly CacheLayer[] _layers = [sources.Layer, profiles];
    private readonly WorkingSetWarning _workingSet = new(settings, time, logger);
    private readonly Quiet _tooLarge = new(time, Silence);
    private readonly Quiet _tooFull = new(time, Silence);
    private int _recalled;

    public IReadOnlyList<CacheLayer> Layers => _layers;

    /// <summary>The right to evict; <see langword="null"/> while another process, or another task of this one, has it.</summary>
    public async ValueTask<EvictionTurn?> TryBeginAsync(CancellationToken cancellationToken)
    {
        var turn = await sources.Layer.Boundary.AttemptAsync("become evictor", null, _ => sources.Layer.Directory.TryLock("evictor", exclusive: true), cancellationToken).ConfigureAwait(false);
        return turn is null ? null : new EvictionTurn(turn, time.GetUtcNow());
    }

    /// <inheritdoc />
    public async ValueTask<SpaceRefusal> MakeAsync(SpaceRequest request, CancellationToken cancellationToken)
    {
        using var turn = await TryBeginAsync(cancellationToken).ConfigureAwait(false);
        if (turn is null)
        {
            await WaitForOtherAsync(cancellationToken).ConfigureAwait(false);
            return SpaceRefusal.None;
        }

        await CountAsync(turn, cancellationToken).ConfigureAwait(false);
        var layerOfRequest = _layers.First(layer => layer.Directory == request.Layer);
        return (await EvictAsync(turn, layerOfRequest, request, cancellationToken).ConfigureAwait(false)).Refusal;
    }

    /// <summary>Brings the cache below its limits on every file system that it lies on.</summary>
    /// <returns>How many entries went.</returns>
    public async ValueTask<int> RelieveAsync(EvictionTurn turn, CancellationToken cancellationToken)
    {
        var evicted = 0;
        var seen = new HashSet<ulong>();
        foreach (var layer in _layers)
        {
            var device = await layer.Boundary.AttemptAsync("measure", 0UL, _ => layer.Directory.FileSystem.Stat(layer.Directory.Root)?.Device ?? 0, cancellationToken).ConfigureAwait(false);
            if (!seen.Add(device))
            {
                continue;
            }

            evicted += (await EvictAsync(turn, layer, null, cancellationToken).ConfigureAwait(false)).Evicted;
        }

        return evicted;
    }

    /// <summary>Lists the entries, and enters in the account what all files take.</summary>
    public async ValueTask CountAsync(EvictionTurn turn, CancellationToken cancellationToken)
    {
        await RecallAsync(cancellationToken).ConfigureAwait(false);
        turn.Needed = await neededByUnfinishedJobs(turn.Now, cancellationToken).ConfigureAwait(false);
        turn.Count = await space.AttemptAsync<string?>("count", null, ledger.BeginCount, cancellationToken).ConfigureAwait(false);
        foreach (var layer in _layers)
        {
            // What a dead worker was about to store is charged to the account until this count, which must find it: in the trash. After the count began,
            // so that whoever dies later is charged on top of it.
            await layer.Boundary.AttemptAsync("sweep", 0, pulse => new LayerSweeper(layer).SweepStaging(pulse), cancellationToken).ConfigureAwait(false);

            // The loose bytes last: the listing may quarantine.
            var (entries, loose) = await layer.Boundary.AttemptAsync<(EntryListing?, long)>(
                "scan", (null, 0), pulse => (layer.Index.Look(turn.Now, pulse), new LayerSweeper(layer).LooseBytes(pulse)), cancellationToken).ConfigureAwait(false);
            if (entries is null)
            {
                turn.Unseen.Add(layer);
                continue;
            }

            turn.NoteFound(layer, entries.Listed);
            turn.Unlisted += entries.UnlistedBytes;
            turn.NoteLoose(layer, loose);
        }

        await records.CountAsync(turn, cancellationToken).ConfigureAwait(false);
        await EnterAsync(turn, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Removes one entry under its lock; false where it is leased, or was used since it was listed. Its space is freed with the trash.</summary>
    public async ValueTask<bool> TryRemoveAsync(EvictionTurn turn, CacheLayer layer, StoredEntry entry, string reason, CancellationToken cancellationToken)
    {
        var removed = await layer.Boundary.AttemptAsync("evict", false, _ => layer.Entries.TryEvict(entry.Name, entry.LastAccess), cancellationToken).ConfigureAwait(false);
        if (removed)
        {
            layer.Meter.Evicted(layer.Name, reason, entry.Bytes);
            MaintenanceLog.Evicted(logger, layer.Name, EntryStore.Short(entry.Name), reason, entry.Bytes, (turn.Now - entry.LastAccess).TotalHours);
            turn.Tombstones.Add(new Tombstone(layer.Name, entry.Name, entry.Bytes, entry.CostSeconds, turn.Now, reason, advisors.Get().PolicyName));
        }

        return removed;
    }

    /// <summary>Deletes what lies in the trash, with <paramref name="quarantineToo"/> also what is only kept to be looked at, and enters in the account what is left.</summary>
    public async ValueTask EmptyTrashAsync(EvictionTurn turn, CancellationToken cancellationToken, bool quarantineToo = false)
    {
        foreach (var layer in _layers)
        {
            await layer.Boundary.AttemptAsync("empty trash", false, pulse => new LayerSweeper(layer).Discard(quarantineToo, pulse), cancellationToken).ConfigureAwait(false);

            // By itself: one file that cannot go must not keep in the account what went.
            var left = await layer.Boundary.AttemptAsync("measure trash", turn.LooseOf(layer), new LayerSweeper(layer).LooseBytes, cancellationToken).ConfigureAwait(false);
            turn.NoteLoose(layer, left);
        }

        await BuryAsync(turn, cancellationToken).ConfigureAwait(false);
        await EnterAsync(turn, cancellationToken).ConfigureAwait(false);
    }

    // With the slice, not with each entry: the file is replaced as a whole.
    private async ValueTask BuryAsync(EvictionTurn turn, CancellationToken cancellationToken)
    {
        if (turn.Tombstones.Count > 0)
        {
            await regret.BuryAsync([.. turn.Tombstones], cancellationToken).ConfigureAwait(false);
            turn.Tombstones.Clear();
        }
    }

    private async ValueTask EnterAsync(EvictionTurn turn, CancellationToken cancellationToken)
    {
        if (turn is { Count: { } count, Unseen.Count: 0 })
        {
            await space.AttemptAsync(
                "count",
                false,
                pulse =>
                {
                    ledger.EndCount(count, turn.Bytes, pulse);
                    return true;
                },
                cancellationToken).ConfigureAwait(false);
        }
    }

    private async ValueTask<(SpaceRefusal Refusal, int Evicted)> EvictAsync(EvictionTurn turn, CacheLayer layer, SpaceRequest? request, CancellationToken cancellationToken)
    {
        var shortage = await MeasureAsync(turn, layer, request, cancellationToken).ConfigureAwait(false);
        if (shortage.Exists)
        {
            // What serves nobody goes before any entry: also the partial of a download that nobody goes on with.
            await sources.Layer.Boundary.AttemptAsync("expire records", 0, pulse => ExpiredRecords.RemoveIdlePartials(sources.PartialsDirectory, turn.Now, pulse), cancellationToken).ConfigureAwait(false);
            await EmptyTrashAsync(turn, cancellationToken, quarantineToo: true).ConfigureAwait(false);
            shortage = await MeasureAsync(turn, layer, request, cancellationToken).ConfigureAwait(false);
        }

        if (!shortage.Exists || shortage.IsUncounted)
        {
            return (shortage.Exists ? SpaceRefusal.Unavailable : SpaceRefusal.None, 0);
        }

        if (turn.Unseen.Count > 0 && shortage.UnderFree <= 0)
        {
            // What goes could not be taken off the account, which would ask for more until all was gone.
            return (request is null ? SpaceRefusal.None : SpaceRefusal.Unavailable, 0);
        }

        var plan = advisors.Get().Plan(turn.Pack().Select(item => Candidate(item.Layer, item.Entry, turn.Needed, turn.Now)).ToArray(), turn.Now);
        var missing = Math.Max(shortage.OverSize, shortage.UnderFree);
        if (request is not null && turn.EntryBytes < missing)
        {
            // All entries together would not be enough for it, so none goes for it; what a limit asks for as things are goes all the same.
            return (SpaceRefusal.NothingToEvict, (await EvictAsync(turn, layer, null, cancellationToken).ConfigureAwait(false)).Evicted);
        }

        if (request?.Newcomer is { } newcomer && !plan.Admits(newcomer, missing))
        {
            _workingSet.Refused(turn, newcomer, shortage);
            return (SpaceRefusal.NotWorthIt, 0);
        }

        if (request?.Newcomer is { } wanting && shortage.UnderFree > 0
            && !await FreesEnoughAsync(turn, plan, wanting, shortage.UnderFree, layer, cancellationToken).ConfigureAwait(false))
        {
            return (SpaceRefusal.NothingToEvict, (await EvictAsync(turn, layer, null, cancellationToken).ConfigureAwait(false)).Evicted);
        }

        var goal = new SpaceGoal(shortage, settings.Current.MaxSize);
        var left = shortage;
        var evicted = 0;
        while (goal.IsOpen && await EvictSliceAsync(turn, plan, goal, layer, cancellationToken).ConfigureAwait(false) is > 0 and var removed)
        {
            evicted += removed;
            var before = left.Available;
            left = await MeasureAsync(turn, layer, request, cancellationToken).ConfigureAwait(false);
            if (goal.WantsOnlyDisk && left.Available <= before)
            {
                // Deleting frees nothing, because snapshots or readers hold on to it: more of it would only empty the cache.
                break;
            }
        }

        if (!left.Exists || (request is not null && evicted > 0))
        {
            return (SpaceRefusal.None, evicted);
        }

        if (request is null)
        {
            await WarnOfLimitAsync(turn, layer, left, cancellationToken).ConfigureAwait(false);
        }

        return (SpaceRefusal.NothingToEvict, evicted);
    }

    private async ValueTask<int> EvictSliceAsync(EvictionTurn turn, EvictionPlan plan, SpaceGoal goal, CacheLayer layer, CancellationToken cancellationToken)
    {
        var gone = new HashSet<(string, string)>();
        long neededByJobs = 0;
        CrossedLimit? because = null;
        while (goal.IsOpen && gone.Count < Slice && plan.TryNext(out var victim, out var candidate) && goal.Allows(victim.Level))
        {
            var item = turn.Entries[victim.Index];
            var onDisk = goal.WantsDisk
                ? await item.Layer.Boundary.AttemptAsync("measure", 0L, pulse => DiskGain.Of(item.Layer, item.Entry, layer, pulse), cancellationToken).ConfigureAwait(false)
                : 0;
            if ((goal.WantsOnlyDisk && onDisk == 0)
                || !await TryRemoveAsync(turn, item.Layer, item.Entry, goal.Reason, cancellationToken).ConfigureAwait(false))
            {
                continue;
            }

            plan.ReportRemoved(victim);
            gone.Add((item.Layer.Name, candidate.Key));
            if (victim.Level == ProtectionLevel.Active)
            {
                neededByJobs += item.Entry.Bytes;
                because ??= goal.Pressing;
            }

            goal.Freed(item.Entry.Bytes, onDisk);
            turn.NoteRemoved(victim.Index);
        }

        if (because is { } limit)
        {
            _workingSet.Evicted(turn, neededByJobs, limit, goal.Shortage);
        }

        await EmptyTrashAsync(turn, cancellationToken).ConfigureAwait(false);
        return gone.Count;
    }

    // By what deleting frees: else entries would go for a newcomer that does not get its place after all, because the others that it counted on are linked.
    private static ValueTask<bool> FreesEnoughAsync(
        EvictionTurn turn, EvictionPlan plan, EvictionCandidate newcomer, long underFree, CacheLayer layer, CancellationToken cancellationToken) =>
        layer.Boundary.AttemptAsync(
            "measure",
            false,
            pulse => plan.Admits(newcomer, underFree, index => DiskGain.Of(turn.Entries[index].Layer, turn.Entries[index].Entry, layer, pulse)),
            cancellationToken);

    private async ValueTask<SpaceShortage> MeasureAsync(EvictionTurn turn, CacheLayer layer, SpaceRequest? request, CancellationToken cancellationToken)
    {
        var shortage = await space.AttemptAsync<SpaceShortage?>("measure", null, pulse => ledger.Shortage(layer.Directory, request, pulse), cancellationToken).ConfigureAwait(false);
        if (shortage is { IsUncounted: false })
        {
            return shortage;
        }

        // The account cannot be written on a disk that is full, and just then something has to go.
        return await layer.Boundary.AttemptAsync(
            "measure",
            new SpaceShortage(IsUncounted: true, 0, 0, 0, 0),
            _ =>
            {
                var disk = layer.Directory.FileSystem.Disk(layer.Directory.Root);
                var floor = settings.Current.MinFreeSpace.On(disk.TotalBytes);
                return new SpaceShortage(
                    turn.Unseen.Count > 0,
                    turn.Bytes + (request?.Bytes ?? 0) - ledger.EntryLimit,
                    floor + (request?.Writes ?? 0) - disk.AvailableBytes,
                    disk.AvailableBytes,
                    floor);
            },
            cancellationToken).ConfigureAwait(false);
    }

    // Once per process, before its first decision. Later the process knows at least as much as the files.
    private async ValueTask RecallAsync(CancellationToken cancellationToken)
    {
        if (Interlocked.Exchange(ref _recalled, 1) == 1)
        {
            return;
        }

        foreach (var layer in _layers)
        {
            var snapshot = await layer.Boundary.AttemptAsync("read index", null, _ => IndexSnapshot.Read(layer.Directory), cancellationToken).ConfigureAwait(false);
            layer.Index.Recall(snapshot?.Entries ?? []);
            if (snapshot?.Eviction is { } eviction)
            {
                advisors.Get().LoadState(eviction);
            }
        }
    }

    // Another evictor's slice is a matter of milliseconds; what it freed may be enough. By the system's clock and not the injected one: it is another
    // task's disk that is waited for, and a clock that somebody drives would never wake it.
    private async ValueTask WaitForOtherAsync(CancellationToken cancellationToken)
    {
        for (var began = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(began) < OthersPatience;)
        {
            await Task.Delay(Look, TimeProvider.System, cancellationToken).ConfigureAwait(false);
            using var turn = await TryBeginAsync(cancellationToken).ConfigureAwait(false);
            if (turn is not null)
            {
                return;
            }
        }
    }

    private EvictionCandidate Candidate(CacheLayer layer, StoredEntry entry, IReadOnlyDictionary<string, JobNeed>? needed, DateTimeOffset now)
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
            ProtectedUntil = need.Jobs == 0 ? default : need.AliveAt(now + settings.Current.UploadStateMaxAge) + JobProtection.Default.Period,
        };
    }

    private async ValueTask WarnOfLimitAsync(EvictionTurn turn, CacheLayer layer, SpaceShortage crossed, CancellationToken cancellationToken)
    {
        if (crossed.OverSize > 0 && _tooLarge.IsOver())
        {
            var usage = await space.AttemptAsync<SpaceUsage?>("measure", null, ledger.Usage, cancellationToken).ConfigureAwait(false);
            MaintenanceLog.StillTooLarge(logger, usage?.Total ?? turn.Bytes, crossed.OverSize, settings.Current.MaxSize, HeldSpace.Describe(turn, usage));
        }

        if (crossed.UnderFree > 0 && _tooFull.IsOver())
        {
            SpaceLog.StillTooFull(logger, layer.Directory.Root, crossed.Available, crossed.Floor);
        }
    }
}
