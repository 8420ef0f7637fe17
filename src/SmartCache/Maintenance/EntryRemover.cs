using SmartCache.Layers;
using SmartCache.Storage;

namespace SmartCache.Maintenance;

/// <summary>
/// Takes entries away: each under its own exclusive lock, so a leased one is passed by, and looked at again, so one that was used since stays. Space counts as free only
/// once the files are deleted: a process that dies here leaves an account that is too high, never too low. Only ever used in a turn.
/// </summary>
/// <param name="layers">The layers of entries.</param>
/// <param name="count">Enters in the account what is left.</param>
/// <param name="advisors">Whose policy a tombstone names.</param>
/// <param name="regret">Is told what went.</param>
/// <param name="records">Knows the partial downloads.</param>
/// <param name="parts">Knows the parts of unfinished encodes.</param>
internal sealed class EntryRemover(IReadOnlyList<EntryLayer> layers, EntryCount count, CurrentAdvisor advisors, Regret regret, ExpiredRecords records, IdleParts parts)
{
    /// <summary>The limit of an entry that nobody used.</summary>
    public const string MaxAge = "MaxAge";

    /// <summary>Removes one entry under its lock; false where it is leased, or was used since it was listed. Its space is freed with the trash.</summary>
    public async ValueTask<bool> TryRemoveAsync(EvictionTurn turn, ListedEntry item, string reason, CancellationToken cancellationToken)
    {
        var (layer, entry) = (item.Layer, item.Entry);
        await turn.ShowLifeAsync(cancellationToken).ConfigureAwait(false);
        var removed = await layer.Boundary.AttemptAsync("evict", false, _ => layer.Entries.TryEvict(entry.Name, entry.LastAccess), cancellationToken).ConfigureAwait(false);
        if (removed)
        {
            layer.Meter.Evicted(layer.Name, reason, entry.Bytes);
            MaintenanceLog.Evicted(layer.Logger, layer.Name, EntryName.Short(entry.Name), reason, entry.Bytes, (turn.Now - entry.LastAccess).TotalHours);
            var policy = advisors.Get().PolicyName;
            turn.Tombstones.Add(new Tombstone(layer.Name, entry.Name, entry.Bytes, entry.CostSeconds, turn.Now, reason, policy));
            var isExpired = reason == MaxAge;
            layer.Record(new HistoryEvent(isExpired ? HistoryEventKind.Expired : HistoryEventKind.Evicted)
            {
                Layer = layer.Name,
                Entry = entry.Name,
                Duration = turn.Now - entry.LastAccess,
                Cost = entry.CostSeconds > 0 ? TimeSpan.FromSeconds(entry.CostSeconds) : null,
                Bytes = entry.Bytes,
                Limit = reason,
                Policy = isExpired ? null : policy,
            });
            turn.NoteRemoved(item);
            layer.Gone?.Invoke(entry.Name);
        }

        return removed;
    }

    /// <summary>Removes records, partial downloads and parts of encodes that nobody used for a time.</summary>
    public async ValueTask RemoveExpiredRecordsAsync(EvictionTurn turn, CancellationToken cancellationToken)
    {
        await layers[0].Boundary.AttemptAsync("expire records", 0, pulse => records.RemoveExpired(turn.Now, pulse), cancellationToken).ConfigureAwait(false);
        await parts.RemoveExpiredAsync(turn.Now, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Deletes what serves nobody: the trash, what is only kept to be looked at, the partial of a download and the parts of an encode that nobody goes on with.</summary>
    /// <returns>Whether there was any.</returns>
    public async ValueTask<bool> TidyAsync(EvictionTurn turn, CancellationToken cancellationToken)
    {
        var loose = turn.Loose;
        var idle = await layers[0].Boundary.AttemptAsync("expire records", 0, pulse => records.RemoveIdlePartials(turn.Now, pulse), cancellationToken).ConfigureAwait(false);
        idle += await parts.RemoveIdleAsync(turn.Now, cancellationToken).ConfigureAwait(false);
        await EmptyTrashAsync(turn, cancellationToken, quarantineToo: true).ConfigureAwait(false);
        return idle > 0 || turn.Loose < loose;
    }

    /// <summary>Removes the parts of all encodes that are not under way, however young.</summary>
    /// <returns>Whether there were any.</returns>
    public async ValueTask<bool> RemovePartsAsync(EvictionTurn turn, CancellationToken cancellationToken) => await parts.RemoveAllAsync(turn.Now, cancellationToken).ConfigureAwait(false) > 0;

    /// <summary>Deletes what lies in the trash, with <paramref name="quarantineToo"/> also what is only kept to be looked at, and enters in the account what is left.</summary>
    public async ValueTask EmptyTrashAsync(EvictionTurn turn, CancellationToken cancellationToken, bool quarantineToo = false)
    {
        foreach (var layer in layers)
        {
            await turn.ShowLifeAsync(cancellationToken).ConfigureAwait(false);
            await layer.Boundary.AttemptAsync("empty trash", false, pulse => new LayerSweeper(layer.Directory).Discard(quarantineToo, pulse), cancellationToken).ConfigureAwait(false);

            if (turn.Closed.Contains(layer))
            {
                // Counted with its entries. Where it opens again in the middle of the turn, what is in its trash would stand for all of them.
                continue;
            }

            // By itself: one file that cannot go must not keep in the account what went.
            var left = await layer.Boundary.AttemptAsync("measure trash", turn.LooseOf(layer), new LayerSweeper(layer.Directory).LooseBytes, cancellationToken).ConfigureAwait(false);
            turn.NoteLoose(layer, left);
        }

        // With the slice, not with each entry: the file is replaced as a whole.
        if (turn.Tombstones.Count > 0)
        {
            await regret.BuryAsync([.. turn.Tombstones], cancellationToken).ConfigureAwait(false);
            turn.Tombstones.Clear();
        }

        await count.EnterAsync(turn, cancellationToken).ConfigureAwait(false);
    }
}
