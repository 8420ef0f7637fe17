using Microsoft.Extensions.Logging.Abstractions;
using SmartCache.Jobs;
using SmartCache.Layers;
using SmartCache.Space;
using SmartCache.Storage;

namespace SmartCache.Maintenance;

/// <summary>Lists the entries of all layers and what unfinished jobs need of them, and enters in the account what all files take. Only ever used in a turn.</summary>
internal sealed class EntryCount(IReadOnlyList<EntryLayer> layers, IndexMemory memory, JobRecords jobs, RecordUsage records, SpaceLedger ledger, LayerAccess quota)
{
    // In silence: why the layer is closed was told by its own boundary.
    private readonly CacheBoundary _closed = new("closed", null, quota.Directory.FileSystem, quota.Settings, new FaultLog(NullLogger.Instance, layers[0].Meter, quota.Time), quota.Time);

    private volatile CountedEntries? _seen;

    /// <summary>What this process counted last; <see langword="null"/> before that. Touches no disk.</summary>
    public CountedEntries? Seen => _seen;

    public async ValueTask RunAsync(EvictionTurn turn, CancellationToken cancellationToken)
    {
        await memory.RecallAsync(cancellationToken).ConfigureAwait(false);
        turn.Needed = await jobs.NeededAsync(turn.Now, cancellationToken).ConfigureAwait(false);
        turn.Count = await quota.Boundary.AttemptAsync<string?>("count", null, ledger.BeginCount, cancellationToken).ConfigureAwait(false);
        foreach (var layer in layers)
        {
            await turn.ShowLifeAsync(cancellationToken).ConfigureAwait(false);

            // What a dead worker was about to store is charged to the account until this count, which must find it: in the trash. After the count began,
            // so that whoever dies later is charged on top of it.
            await layer.Boundary.AttemptAsync("sweep", 0, pulse => new LayerSweeper(layer.Directory).SweepStaging(pulse), cancellationToken).ConfigureAwait(false);

            // The loose bytes last: the listing may quarantine.
            var (entries, loose) = await layer.Boundary.AttemptAsync<(EntryListing?, long)>(
                "scan", (null, 0), pulse => (layer.Index.Look(turn.Now, pulse), new LayerSweeper(layer.Directory).LooseBytes(pulse)), cancellationToken).ConfigureAwait(false);
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

    /// <summary>Enters in the account what is there by now.</summary>
    public async ValueTask EnterAsync(EvictionTurn turn, CancellationToken cancellationToken)
    {
        _seen = new CountedEntries([.. layers.Select(turn.LeftOf)], turn.Needed is null ? null : turn.NeededBytes, turn.LargestJob, turn.EntryBytes - turn.NeededBytes);
        if (turn is { Count: { } count, Unseen.Count: 0 })
        {
            await quota.Boundary.AttemptAsync(
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

    // A layer that cannot be opened, as on a disk without a byte for its locks, is a place all the same: what lies there counts, and costs the other layers no more than that.
    private async ValueTask CountClosedAsync(EvictionTurn turn, EntryLayer layer, CancellationToken cancellationToken)
    {
        var lies = await _closed.AttemptAsync<long?>(
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
}
