using SmartCache.Eviction;
using SmartCache.Layers;
using SmartCache.Space;

namespace SmartCache.Maintenance;

/// <summary>
/// Takes away what has to go, in slices, the policy's victims first. One process at a time does it. What is asked for is refused where it is not worth what would have to go
/// for it (<see cref="RefuseAsync"/>); else it is planned, and run until the limits are kept.
/// </summary>
/// <param name="turns">Hands out the right to evict.</param>
/// <param name="count">Counts what lies there.</param>
/// <param name="remover">Takes entries away.</param>
/// <param name="planner">Says which goes first.</param>
/// <param name="ledger">The account.</param>
/// <param name="quota">The account's place.</param>
/// <param name="layers">The layers of entries.</param>
internal sealed class Evictor(
    EvictionTurns turns, EntryCount count, EntryRemover remover, EvictionPlanner planner, SpaceLedger ledger, LayerAccess quota, IReadOnlyList<EntryLayer> layers) : IRoom
{
    private const int Slice = 32;

    /// <summary>Of the entries' bytes, a tenth goes at most where a disk is full and does not say of what.</summary>
    private const int FullShare = 10;

    private readonly WorkingSetWarning _workingSet = new(quota.Settings, quota.Time, quota.Logger);
    private readonly LimitWarning _limits = new(quota.Settings, quota.Time, quota.Logger);

    /// <inheritdoc />
    public JobNeeds? Needs => count.Seen is { NeededBytes: not null, LargestJob: var largest, FreeBytes: var free } ? new JobNeeds(largest, free) : null;

    /// <inheritdoc />
    public async ValueTask<SpaceRefusal> MakeAsync(SpaceRequest request, CancellationToken cancellationToken)
    {
        var (turn, waited, refusal) = await turns.WaitAsync(cancellationToken).ConfigureAwait(false);
        using var held = turn;
        if (turn is null)
        {
            return refusal;
        }

        // What another one freed meanwhile may be enough.
        if (waited && await quota.Boundary.AttemptAsync<SpaceShortage?>("measure", null, pulse => ledger.Shortage(request.Layer, request, pulse), cancellationToken).ConfigureAwait(false) is { Exists: false })
        {
            return SpaceRefusal.None;
        }

        await count.RunAsync(turn, cancellationToken).ConfigureAwait(false);
        var layerOfRequest = layers.First(layer => layer.Directory == request.Layer);
        return (await EvictAsync(turn, new EvictionNeed(layerOfRequest) { Asked = request }, cancellationToken).ConfigureAwait(false)).Refusal;
    }

    /// <inheritdoc />
    public async ValueTask CountAsync(CancellationToken cancellationToken)
    {
        using var turn = await turns.TryBeginAsync(cancellationToken).ConfigureAwait(false);
        if (turn is not null)
        {
            await count.RunAsync(turn, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <inheritdoc />
    public async ValueTask LearnNeedsAsync(CancellationToken cancellationToken)
    {
        var (turn, _, _) = await turns.WaitAsync(cancellationToken).ConfigureAwait(false);
        using var held = turn;
        if (turn is not null && Needs is null)
        {
            await count.RunAsync(turn, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <inheritdoc />
    public async ValueTask CountOnceAsync(CancellationToken cancellationToken)
    {
        var (turn, _, _) = await turns.WaitAsync(cancellationToken).ConfigureAwait(false);
        using var held = turn;
        if (turn is not null && await quota.Boundary.AttemptAsync<SpaceUsage?>("measure", null, ledger.Usage, cancellationToken).ConfigureAwait(false) is { Counted: null })
        {
            await count.RunAsync(turn, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Brings the cache below its limits on every file system that it lies on.</summary>
    /// <returns>How many entries went.</returns>
    public async ValueTask<int> RelieveAsync(EvictionTurn turn, CancellationToken cancellationToken)
    {
        var evicted = 0;
        var seen = new HashSet<ulong>();
        foreach (var layer in layers)
        {
            var device = await layer.Boundary.AttemptAsync("measure", 0UL, _ => layer.Directory.FileSystem.DeviceOf(layer.Directory.Root) ?? 0, cancellationToken).ConfigureAwait(false);
            if (seen.Add(device))
            {
                evicted += (await EvictAsync(turn, new EvictionNeed(layer), cancellationToken).ConfigureAwait(false)).Evicted;
            }
        }

        return evicted;
    }

    /// <summary>Makes room on a disk that said it is full: as the limits ask for it, and where they do not, one slice.</summary>
    public async ValueTask RelieveFullAsync(EvictionTurn turn, EntryLayer layer, CancellationToken cancellationToken)
    {
        await count.RunAsync(turn, cancellationToken).ConfigureAwait(false);
        var (_, evicted) = await EvictAsync(turn, new EvictionNeed(layer) { IsFull = true }, cancellationToken).ConfigureAwait(false);
        var left = await MeasureAsync(turn, new EvictionNeed(layer), cancellationToken).ConfigureAwait(false);
        SpaceLog.DiskWasFull(quota.Logger, layer.Directory.Root, evicted, left.Available, left.FreeInodes);
    }

    private async ValueTask<(SpaceRefusal Refusal, int Evicted)> EvictAsync(EvictionTurn turn, EvictionNeed need, CancellationToken cancellationToken)
    {
        var shortage = await MeasureAsync(turn, need, cancellationToken).ConfigureAwait(false);
        if (shortage.Exists || need.IsFull)
        {
            // What serves nobody goes before any entry. Whether that was enough for a full disk is not told by what it has left now: others delete there too, and a quota is not theirs.
            var isTidied = await remover.TidyAsync(turn, cancellationToken).ConfigureAwait(false);
            shortage = await MeasureAsync(turn, need, cancellationToken).ConfigureAwait(false);
            if (need.IsFull && (shortage.Exists || !isTidied) && await remover.RemovePartsAsync(turn, cancellationToken).ConfigureAwait(false))
            {
                isTidied = true;
                shortage = await MeasureAsync(turn, need, cancellationToken).ConfigureAwait(false);
            }

            need = need with { IsFull = need.IsFull && !shortage.Exists && !isTidied };
        }

        if (need.IsFull)
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
            return (need.Asked is null ? SpaceRefusal.None : SpaceRefusal.Unavailable, 0);
        }

        var plan = planner.Plan(turn, need.Asked?.Newcomer);
        return await RefuseAsync(turn, plan, shortage, need, cancellationToken).ConfigureAwait(false) is not SpaceRefusal.None and var refusal
            ? need.IsSpeculative ? (refusal, 0) : (refusal, (await EvictAsync(turn, need.Without(refusal), cancellationToken).ConfigureAwait(false)).Evicted)
            : await RunAsync(turn, plan, shortage, need, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Why nothing goes for what was asked for; what a limit asks for without it goes all the same.</summary>
    private async ValueTask<SpaceRefusal> RefuseAsync(EvictionTurn turn, PlannedEviction plan, SpaceShortage shortage, EvictionNeed need, CancellationToken cancellationToken)
    {
        var missing = Math.Max(shortage.OverSize, shortage.UnderFree);
        if (need.Asked is not null && turn.EntryBytes < missing)
        {
            // All entries together would not be enough for it.
            return SpaceRefusal.NothingToEvict;
        }

        if (need.Asked?.Newcomer is not { } newcomer)
        {
            return SpaceRefusal.None;
        }

        if (need.IsSpeculative && !plan.Order.AdmitsWithoutLoss(missing))
        {
            return SpaceRefusal.NotWorthIt;
        }

        if (!plan.Order.Admits(missing))
        {
            _workingSet.Refused(turn, newcomer, shortage);
            return SpaceRefusal.NotWorthIt;
        }

        return shortage.IsOfTheDisk && !await plan.FreesEnoughAsync(shortage, need.Layer, cancellationToken).ConfigureAwait(false) ? SpaceRefusal.NothingToEvict : SpaceRefusal.None;
    }

    private async ValueTask<(SpaceRefusal Refusal, int Evicted)> RunAsync(
        EvictionTurn turn, PlannedEviction plan, SpaceShortage shortage, EvictionNeed need, CancellationToken cancellationToken)
    {
        var goal = new SpaceGoal(shortage, quota.Settings.Current.MaxSize, need.IsSpeculative);
        var left = shortage;
        var evicted = 0;
        while (goal.IsOpen && await EvictSliceAsync(turn, plan, goal, need.Layer, cancellationToken).ConfigureAwait(false) is > 0 and var removed)
        {
            evicted += removed;
            var before = left;
            left = await MeasureAsync(turn, need, cancellationToken).ConfigureAwait(false);
            if (need.IsFull || (goal.WantsOnlyDisk && !left.HasGrownSince(before)))
            {
                // Deleting frees nothing, because snapshots or readers hold on to it: more of it would only empty the cache.
                break;
            }
        }

        if (!left.Exists || (need.Asked is not null && evicted > 0))
        {
            return (SpaceRefusal.None, evicted);
        }

        if (need is { Asked: null, IsFull: false })
        {
            await _limits.SayAsync(turn, need.Layer, left, ct => quota.Boundary.AttemptAsync<SpaceUsage?>("measure", null, ledger.Usage, ct), cancellationToken).ConfigureAwait(false);
        }

        return (SpaceRefusal.NothingToEvict, evicted);
    }

    private async ValueTask<int> EvictSliceAsync(EvictionTurn turn, PlannedEviction plan, SpaceGoal goal, EntryLayer layer, CancellationToken cancellationToken)
    {
        var gone = 0;
        long neededByJobs = 0;
        CrossedLimit? because = null;
        while (goal.IsOpen && gone < Slice && plan.Order.TryNext(out var victim, out _) && goal.Allows(victim.Level)
            && (!goal.IsSpeculative || plan.Order.IsBelowNewcomer(victim)))
        {
            if (goal.IsSpeculative && victim.IsSilent)
            {
                continue;
            }

            var item = plan.Entries[victim.Index];
            var onDisk = goal.WantsDisk
                ? await item.Layer.Boundary.AttemptAsync("measure", default(DiskGain), pulse => DiskGain.Of(item, layer, pulse), cancellationToken).ConfigureAwait(false)
                : default;
            if (!goal.IsServedBy(onDisk) || !await remover.TryRemoveAsync(turn, item, goal.Reason, cancellationToken).ConfigureAwait(false))
            {
                continue;
            }

            plan.Order.ReportRemoved(victim);
            gone++;
            if (victim.Level == ProtectionLevel.Active)
            {
                neededByJobs += item.Entry.Bytes;
                because ??= goal.Pressing;
            }

            goal.Freed(item.Entry.Bytes, onDisk);
        }

        if (because is { } limit)
        {
            _workingSet.Evicted(turn, neededByJobs, limit, goal.Shortage);
        }

        await remover.EmptyTrashAsync(turn, cancellationToken).ConfigureAwait(false);
        return gone;
    }

    private async ValueTask<SpaceShortage> MeasureAsync(EvictionTurn turn, EvictionNeed need, CancellationToken cancellationToken)
    {
        var (layer, request) = (need.Layer, need.Asked ?? need.Leaving);
        var shortage = await quota.Boundary.AttemptAsync<SpaceShortage?>("measure", null, pulse => ledger.Shortage(layer.Directory, request, pulse), cancellationToken).ConfigureAwait(false);
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
                quota.Settings.Current,
                turn.Unseen.Count > 0,
                turn.Bytes + (request?.Bytes ?? 0) - ledger.EntryLimit,
                request?.Writes ?? 0,
                request?.Inodes ?? 0),
            cancellationToken).ConfigureAwait(false);
    }
}
