using Microsoft.Extensions.Logging;
using SmartCache.Configuration;
using SmartCache.Eviction;
using SmartCache.Layers;
using SmartCache.Sources;
using SmartCache.Space;
using SmartCache.Storage;

namespace SmartCache.Maintenance;

/// <summary>
/// Counts what lies in the cache and takes away what has to go, in slices, the policy's victims first. One process at a time does it; each entry is tried
/// under its own exclusive lock, so a leased one is passed by, and looked at again, so one that was used since stays. Space counts as free only once the
/// files are deleted: a process that dies here leaves an account that is too high, never too low.
/// </summary>
internal sealed partial class Evictor(
    SourceStore sources,
    CacheLayer profiles,
    Func<DateTimeOffset, CancellationToken, ValueTask<IReadOnlyDictionary<string, JobNeed>?>> neededByUnfinishedJobs,
    CurrentAdvisor advisors,
    RecordUsage records,
    SpaceLedger ledger,
    LayerDirectory account,
    CacheBoundary space,
    CacheBoundary closed,
    Regret regret,
    ICacheSettingsSource settings,
    TimeProvider time,
    ILogger logger) : IRoom
{
    private const int Slice = 32;

    /// <summary>Of the entries' bytes, a tenth goes at most where a disk is full and does not say of what.</summary>
    private const int FullShare = 10;

    private readonly CacheLayer[] _layers = [sources.Layer, profiles];
    private readonly WorkingSetWarning _workingSet = new(settings, time, logger);
    private readonly LimitWarning _limits = new(settings, time, logger);
    private readonly EvictionTurns _turns = new(account, space, settings, time);
    private readonly HashSet<CacheLayer> _recalled = [];

    public IReadOnlyList<CacheLayer> Layers => _layers;

    /// <summary>The right to evict; <see langword="null"/> while another process, or another task of this one, has it.</summary>
    public ValueTask<EvictionTurn?> TryBeginAsync(CancellationToken cancellationToken) => _turns.TryBeginAsync(cancellationToken);

    /// <inheritdoc />
    public async ValueTask<SpaceRefusal> MakeAsync(SpaceRequest request, CancellationToken cancellationToken)
    {
        var (turn, waited, refusal) = await _turns.WaitAsync(cancellationToken).ConfigureAwait(false);
        using var held = turn;
        if (turn is null)
        {
            return refusal;
        }

        // What another one freed meanwhile may be enough.
        if (waited && await space.AttemptAsync<SpaceShortage?>("measure", null, pulse => ledger.Shortage(request.Layer, request, pulse), cancellationToken).ConfigureAwait(false) is { Exists: false })
        {
            return SpaceRefusal.None;
        }

        await CountAsync(turn, cancellationToken).ConfigureAwait(false);
        var layerOfRequest = _layers.First(layer => layer.Directory == request.Layer);
        return (await EvictAsync(turn, layerOfRequest, request, cancellationToken).ConfigureAwait(false)).Refusal;
    }

    /// <summary>Whether what an earlier process wrote down of the layer was read: until then it must not be written over.</summary>
    public bool HasRecalled(CacheLayer layer) => _recalled.Contains(layer);

    /// <summary>Brings the cache below its limits on every file system that it lies on.</summary>
    /// <returns>How many entries went.</returns>
    public async ValueTask<int> RelieveAsync(EvictionTurn turn, CancellationToken cancellationToken)
    {
        var evicted = 0;
        var seen = new HashSet<ulong>();
        foreach (var layer in _layers)
        {
            var device = await layer.Boundary.AttemptAsync("measure", 0UL, _ => layer.Directory.FileSystem.DeviceOf(layer.Directory.Root) ?? 0, cancellationToken).ConfigureAwait(false);
            if (!seen.Add(device))
            {
                continue;
            }

            evicted += (await EvictAsync(turn, layer, null, cancellationToken).ConfigureAwait(false)).Evicted;
        }

        return evicted;
    }

    /// <summary>The turn, after waiting for those who had it; <see langword="null"/> where it cannot be had.</summary>
    public async ValueTask<EvictionTurn?> BeginAsync(CancellationToken cancellationToken) => (await _turns.WaitAsync(cancellationToken).ConfigureAwait(false)).Turn;

    /// <summary>Makes room on a disk that said it is full: as the limits ask for it, and where they do not, one slice.</summary>
    public async ValueTask RelieveFullAsync(EvictionTurn turn, CacheLayer layer, CancellationToken cancellationToken)
    {
        await CountAsync(turn, cancellationToken).ConfigureAwait(false);
        var (_, evicted) = await EvictAsync(turn, layer, null, cancellationToken, isFull: true).ConfigureAwait(false);
        var left = await MeasureAsync(turn, layer, null, cancellationToken).ConfigureAwait(false);
        SpaceLog.DiskWasFull(logger, layer.Directory.Root, evicted, left.Available, left.FreeInodes);
    }

    /// <summary>Removes one entry under its lock; false where it is leased, or was used since it was listed. Its space is freed with the trash.</summary>
    public async ValueTask<bool> TryRemoveAsync(EvictionTurn turn, CacheLayer layer, StoredEntry entry, string reason, CancellationToken cancellationToken)
    {
        await _turns.ShowLifeAsync(turn, cancellationToken).ConfigureAwait(false);
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
            await _turns.ShowLifeAsync(turn, cancellationToken).ConfigureAwait(false);
            await layer.Boundary.AttemptAsync("empty trash", false, pulse => new LayerSweeper(layer).Discard(quarantineToo, pulse), cancellationToken).ConfigureAwait(false);

            if (turn.Closed.Contains(layer))
            {
                // Counted with its entries. Where it opens again in the middle of the turn, what is in its trash would stand for all of them.
                continue;
            }

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

    // isFull: the disk said so itself. Where that is not seen in what it has left, as with a user's quota, one slice goes all the same.
    private async ValueTask<(SpaceRefusal Refusal, int Evicted)> EvictAsync(
        EvictionTurn turn, CacheLayer layer, SpaceRequest? request, CancellationToken cancellationToken, bool isFull = false)
    {
        var shortage = await MeasureAsync(turn, layer, request, cancellationToken).ConfigureAwait(false);
        if (shortage.Exists || isFull)
        {
            // What serves nobody goes before any entry: also the partial of a download that nobody goes on with.
            var loose = turn.Loose;
            var partials = await sources.Layer.Boundary.AttemptAsync("expire records", 0, pulse => ExpiredRecords.RemoveIdlePartials(sources.PartialsDirectory, turn.Now, pulse), cancellationToken).ConfigureAwait(false);
            await EmptyTrashAsync(turn, cancellationToken, quarantineToo: true).ConfigureAwait(false);
            shortage = await MeasureAsync(turn, layer, request, cancellationToken).ConfigureAwait(false);

            // Not by what the disk has left now: others delete there too, and a quota is not theirs.
            isFull = isFull && !shortage.Exists && partials == 0 && turn.Loose >= loose;
        }

        if (isFull)
        {
            shortage = shortage with { UnderFree = Math.Max(1, turn.EntryBytes / FullShare), Floor = 0 };
        }

        if (!shortage.Exists || shortage.IsUncounted)
        {
            return (shortage.Exists ? SpaceRefusal.Unavailable : SpaceRefusal.None, 0);
        }

        if (turn.Unseen.Count > 0 && !shortage.IsOfTheDisk)
        {
            // What goes could not be taken off the account, which would ask for more until all was gone.
            return (request is null ? SpaceRefusal.None : SpaceRefusal.Unavailable, 0);
        }

        var candidates = turn.Pack().Select(item => Candidate(item.Layer, item.Entry, turn.Needed, turn.Now)).ToArray();
        var plan = advisors.Get().Plan(candidates, turn.Now, request?.Newcomer is { } own ? WithJobs(own, turn.Needed) : null);
        var missing = Math.Max(shortage.OverSize, shortage.UnderFree);
        if (request is not null && turn.EntryBytes < missing)
        {
            // All entries together would not be enough for it, so none goes for it; what a limit asks for as things are goes all the same.
            return (SpaceRefusal.NothingToEvict, (await EvictAsync(turn, layer, null, cancellationToken).ConfigureAwait(false)).Evicted);
        }

        if (request?.Newcomer is { } newcomer && !plan.Admits(missing))
        {
            _workingSet.Refused(turn, newcomer, shortage);
            return (SpaceRefusal.NotWorthIt, 0);
        }

        if (request?.Newcomer is not null && shortage.IsOfTheDisk
            && !await FreesEnoughAsync(turn, plan, shortage, layer, cancellationToken).ConfigureAwait(false))
        {
            return (SpaceRefusal.NothingToEvict, (await EvictAsync(turn, layer, null, cancellationToken).ConfigureAwait(false)).Evicted);
        }

        var goal = new SpaceGoal(shortage, settings.Current.MaxSize);
        var left = shortage;
        var evicted = 0;
        while (goal.IsOpen && await EvictSliceAsync(turn, plan, goal, layer, cancellationToken).ConfigureAwait(false) is > 0 and var removed)
        {
            evicted += removed;
            var before = left;
            left = await MeasureAsync(turn, layer, request, cancellationToken).ConfigureAwait(false);
            if (isFull || (goal.WantsOnlyDisk && !left.HasGrownSince(before)))
            {
                // Deleting frees nothing, because snapshots or readers hold on to it: more of it would only empty the cache.
                break;
            }
        }

        if (!left.Exists || (request is not null && evicted > 0))
        {
            return (SpaceRefusal.None, evicted);
        }

        if (request is null && !isFull)
        {
            await _limits.SayAsync(turn, layer, left, ct => space.AttemptAsync<SpaceUsage?>("measure", null, ledger.Usage, ct), cancellationToken).ConfigureAwait(false);
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
                ? await item.Layer.Boundary.AttemptAsync("measure", default(DiskGain), pulse => DiskGain.Of(item.Layer, item.Entry, layer, pulse), cancellationToken).ConfigureAwait(false)
                : default;
            if (!goal.IsServedBy(onDisk)
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
    private static ValueTask<bool> FreesEnoughAsync(EvictionTurn turn, EvictionPlan plan, SpaceShortage shortage, CacheLayer layer, CancellationToken cancellationToken) =>
        layer.Boundary.AttemptAsync(
            "measure",
            false,
            pulse => plan.Admits(shortage.UnderFree, index => turn.GainOf(index, layer, pulse).Bytes) && plan.Admits(shortage.UnderInodes, index => turn.GainOf(index, layer, pulse).Inodes),
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
            _ => SpaceShortage.On(
                layer.Directory.FileSystem.Disk(layer.Directory.Root),
                settings.Current,
                turn.Unseen.Count > 0,
                turn.Bytes + (request?.Bytes ?? 0) - ledger.EntryLimit,
                request?.Writes ?? 0,
                request?.Inodes ?? 0),
            cancellationToken).ConfigureAwait(false);
    }

    // Once per process and layer, before its first decision. Later the process knows at least as much as the files. A layer that could not be read, or whose
    // reading was cancelled, is read at the next count. Only ever in a turn, of which there is one at a time.
    private async ValueTask RecallAsync(CancellationToken cancellationToken)
    {
        foreach (var layer in _layers.Where(layer => !_recalled.Contains(layer)))
        {
            if (await layer.Boundary.AttemptAsync("read index", null, pulse => IndexSnapshot.Read(layer.Directory, pulse), cancellationToken).ConfigureAwait(false) is not { } snapshot)
            {
                continue;
            }

            layer.Index.Recall(snapshot.Entries);
            if (snapshot.Eviction is { } eviction)
            {
                advisors.Get().LoadState(eviction);
            }

            _recalled.Add(layer);
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
            UnfinishedJobs = need.Jobs?.Length ?? 0,
            Jobs = need.Jobs,
            ProtectedUntil = need.Jobs is null ? default : need.AliveAt(now + settings.Current.UploadStateMaxAge) + JobProtection.Default.Period,
        };
    }

    // The job that brings it, and all others that asked for it before.
    private static EvictionCandidate WithJobs(in EvictionCandidate newcomer, IReadOnlyDictionary<string, JobNeed>? needed) =>
        newcomer with { Jobs = [.. newcomer.Jobs ?? [], .. needed?.GetValueOrDefault(newcomer.Key).Jobs ?? []] };
}
