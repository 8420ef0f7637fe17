using SmartCache.Diagnostics;
using SmartCache.Layers;
using SmartCache.Space;

namespace SmartCache.Maintenance;

/// <summary>
/// One clean-up over all layers of entries: leftovers of crashes, then entries unused for <c>MaxAge</c> that no unfinished job needs, then, over a limit,
/// the policy's victims down to the low-water mark. One process at a time does it.
/// </summary>
internal sealed class CacheCleaner(
    IReadOnlyList<EntryLayer> layers, EvictionTurns turns, EntryCount count, EntryRemover remover, Evictor evictor, IndexMemory memory)
{
    private readonly LayerAccess _sources = layers[0];
    private readonly DiskWarnings _warnings = new([.. layers.Select(static layer => layer.Directory)], layers[0].Settings, layers[0].Logger);

    private long _cleanedAt = layers[0].Time.GetTimestamp();

    /// <summary>Time since a clean-up of this process ended, or another process was seen at one; since the beginning where neither was.</summary>
    public TimeSpan SinceCleanup => _sources.Time.GetElapsedTime(Interlocked.Read(ref _cleanedAt));

    public async Task<CleanupReport> RunAsync(CancellationToken cancellationToken)
    {
        Subject.Current = null;
        var clock = _sources.Time.GetTimestamp();
        var (own, isOtherAlive) = await turns.TryBeginOrSeeAsync(cancellationToken).ConfigureAwait(false);
        using var turn = own;
        if (turn is null)
        {
            if (isOtherAlive)
            {
                NoteCleaned();
            }

            return new CleanupReport { AlreadyRunning = true };
        }

        var leftovers = 0;
        foreach (var layer in layers)
        {
            // Apart: a leftover that cannot be deleted must not keep the layer from being cleaned.
            leftovers += await layer.Boundary.AttemptAsync("sweep", 0, pulse => new LayerSweeper(layer).Sweep(turn.Now, pulse), cancellationToken).ConfigureAwait(false);
        }

        await count.RunAsync(turn, cancellationToken).ConfigureAwait(false);
        var before = turn.EntryBytes;
        var expired = await RemoveExpiredAsync(turn, cancellationToken).ConfigureAwait(false);
        var evicted = await evictor.RelieveAsync(turn, cancellationToken).ConfigureAwait(false);
        await FinishAsync(turn, cancellationToken).ConfigureAwait(false);
        var after = turn.EntryBytes;
        NoteCleaned();
        var took = _sources.Time.GetElapsedTime(clock);
        MaintenanceLog.CleanedUp(_sources.Logger, expired, evicted, leftovers, before, after, took.TotalSeconds);
        _sources.Record(new HistoryEvent(HistoryEventKind.CleanedUp) { Duration = took, Entries = expired + evicted, Bytes = after });
        return new CleanupReport { ExpiredEntries = expired, EvictedEntries = evicted, Leftovers = leftovers, BytesBefore = before, BytesAfter = after };
    }

    /// <summary>Only what a limit asks for: lowered settings, or a disk that somebody else fills.</summary>
    /// <returns>How many entries went.</returns>
    public async Task<int> RelieveAsync(CancellationToken cancellationToken)
    {
        using var turn = await turns.TryBeginAsync(cancellationToken).ConfigureAwait(false);
        if (turn is null)
        {
            return 0;
        }

        await count.RunAsync(turn, cancellationToken).ConfigureAwait(false);
        return await evictor.RelieveAsync(turn, cancellationToken).ConfigureAwait(false);
    }

    private async Task<int> RemoveExpiredAsync(EvictionTurn turn, CancellationToken cancellationToken)
    {
        var removed = 0;
        foreach (var item in turn.Left.ToList())
        {
            // Where the jobs could not be read nobody knows what they need, and age alone removes nothing.
            var isExpired = turn.Now - item.Entry.LastAccess > _sources.Settings.Current.MaxAge && turn.Needed?.ContainsKey(item.Entry.Name) == false;
            removed += isExpired && await remover.TryRemoveAsync(turn, item, EntryRemover.MaxAge, cancellationToken).ConfigureAwait(false) ? 1 : 0;
        }

        if (removed > 0)
        {
            await remover.EmptyTrashAsync(turn, cancellationToken).ConfigureAwait(false);
        }

        return removed;
    }

    private void NoteCleaned() => Interlocked.Exchange(ref _cleanedAt, _sources.Time.GetTimestamp());

    private async Task FinishAsync(EvictionTurn turn, CancellationToken cancellationToken)
    {
        await memory.WriteAsync(turn, cancellationToken).ConfigureAwait(false);
        await _sources.Boundary.AttemptAsync(
            "look at the disk",
            false,
            _ =>
            {
                _warnings.Look(turn.Bytes);
                return true;
            },
            cancellationToken).ConfigureAwait(false);
        await remover.RemoveExpiredRecordsAsync(turn, cancellationToken).ConfigureAwait(false);
    }
}
