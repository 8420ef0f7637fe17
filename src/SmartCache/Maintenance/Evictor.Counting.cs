using SmartCache.Layers;
using SmartCache.Storage;

namespace SmartCache.Maintenance;

/// <content>The part that counts what lies in the cache.</content>
internal sealed partial class Evictor
{
    /// <summary>Lists the entries, and enters in the account what all files take.</summary>
    public async ValueTask CountAsync(EvictionTurn turn, CancellationToken cancellationToken)
    {
        await RecallAsync(cancellationToken).ConfigureAwait(false);
        turn.Needed = await neededByUnfinishedJobs(turn.Now, cancellationToken).ConfigureAwait(false);
        turn.Count = await space.AttemptAsync<string?>("count", null, ledger.BeginCount, cancellationToken).ConfigureAwait(false);
        foreach (var layer in _layers)
        {
            await _turns.ShowLifeAsync(turn, cancellationToken).ConfigureAwait(false);

            // What a dead worker was about to store is charged to the account until this count, which must find it: in the trash. After the count began,
            // so that whoever dies later is charged on top of it.
            await layer.Boundary.AttemptAsync("sweep", 0, pulse => new LayerSweeper(layer).SweepStaging(pulse), cancellationToken).ConfigureAwait(false);

            // The loose bytes last: the listing may quarantine.
            var (entries, loose) = await layer.Boundary.AttemptAsync<(EntryListing?, long)>(
                "scan", (null, 0), pulse => (layer.Index.Look(turn.Now, pulse), new LayerSweeper(layer).LooseBytes(pulse)), cancellationToken).ConfigureAwait(false);
            if (entries is null)
            {
                await CountClosedAsync(turn, layer, cancellationToken).ConfigureAwait(false);
                continue;
            }

            turn.NoteFound(layer, entries.Listed);
            turn.Unlisted += entries.UnlistedBytes;
            turn.NoteLoose(layer, loose);
        }

        await records.CountAsync(turn, cancellationToken).ConfigureAwait(false);
        await EnterAsync(turn, cancellationToken).ConfigureAwait(false);
    }

    // A layer that cannot be opened, as on a disk without a byte for its locks, is a place all the same: what lies there counts, and costs the other layers no more than that.
    private async ValueTask CountClosedAsync(EvictionTurn turn, CacheLayer layer, CancellationToken cancellationToken)
    {
        var lies = await closed.AttemptAsync<long?>(
            "count", null, pulse => DiskUsage.OfAll(layer.Directory.Root, pulse, layer.Directory.FileSystem), cancellationToken).ConfigureAwait(false);
        if (lies is { } bytes)
        {
            turn.Closed.Add(layer);
            turn.NoteLoose(layer, bytes);
        }
        else
        {
            turn.Unseen.Add(layer);
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
}
