using Microsoft.Extensions.Logging;
using SmartCache.Configuration;
using SmartCache.Diagnostics;
using SmartCache.Sources;
using SmartCache.Space;
using SmartCache.Storage;

namespace SmartCache.Maintenance;

/// <summary>
/// One clean-up over all layers: leftovers of crashes, then entries unused for <c>MaxAge</c> that no unfinished job needs, then, over a limit,
/// the policy's victims down to the low-water mark. One process at a time does it.
/// </summary>
internal sealed class CacheCleaner(SourceStore sources, Evictor evictor, CurrentAdvisor advisors, ICacheSettingsSource settings, TimeProvider time, ILogger logger)
{
    private readonly TimesAhead _ahead = new();
    private readonly DiskWarnings _warnings = new([.. evictor.Layers.Select(static layer => layer.Directory)], settings, logger);

    private TimeSpan PartialsMaxAge => settings.Current.MaxAge > ExpiredRecords.PartialsMayLive ? settings.Current.MaxAge : ExpiredRecords.PartialsMayLive;

    public async Task<CleanupReport> RunAsync(CancellationToken cancellationToken)
    {
        Subject.Current = null;
        var clock = time.GetTimestamp();
        using var turn = await evictor.TryBeginAsync(cancellationToken).ConfigureAwait(false);
        if (turn is null)
        {
            return new CleanupReport { AlreadyRunning = true };
        }

        var leftovers = 0;
        foreach (var layer in evictor.Layers)
        {
            // Apart: a leftover that cannot be deleted must not keep the layer from being cleaned.
            leftovers += await layer.Boundary.AttemptAsync("sweep", 0, pulse => new LayerSweeper(layer).Sweep(turn.Now, pulse), cancellationToken).ConfigureAwait(false);
        }

        await evictor.CountAsync(turn, cancellationToken).ConfigureAwait(false);
        var before = turn.EntryBytes;
        var expired = await RemoveExpiredAsync(turn, cancellationToken).ConfigureAwait(false);
        var evicted = await evictor.RelieveAsync(turn, cancellationToken).ConfigureAwait(false);
        await FinishAsync(turn, cancellationToken).ConfigureAwait(false);
        var after = turn.EntryBytes;
        MaintenanceLog.CleanedUp(logger, expired, evicted, leftovers, before, after, time.GetElapsedTime(clock).TotalSeconds);
        return new CleanupReport { ExpiredEntries = expired, EvictedEntries = evicted, Leftovers = leftovers, BytesBefore = before, BytesAfter = after };
    }

    /// <summary>Only what a limit asks for: lowered settings, or a disk that somebody else fills.</summary>
    /// <returns>How many entries went.</returns>
    public async Task<int> RelieveAsync(CancellationToken cancellationToken)
    {
        using var turn = await evictor.TryBeginAsync(cancellationToken).ConfigureAwait(false);
        if (turn is null)
        {
            return 0;
        }

        await evictor.CountAsync(turn, cancellationToken).ConfigureAwait(false);
        return await evictor.RelieveAsync(turn, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Counts what lies there, where nobody else is about to, and takes nothing away.</summary>
    public async Task CountAsync(CancellationToken cancellationToken)
    {
        using var turn = await evictor.TryBeginAsync(cancellationToken).ConfigureAwait(false);
        if (turn is not null)
        {
            await evictor.CountAsync(turn, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task<int> RemoveExpiredAsync(EvictionTurn turn, CancellationToken cancellationToken)
    {
        var removed = 0;
        for (var i = 0; i < turn.Entries.Count; i++)
        {
            // Where the jobs could not be read nobody knows what they need, and age alone removes nothing.
            var (layer, entry) = turn.Entries[i];
            var isExpired = turn.Now - entry.LastAccess > settings.Current.MaxAge && turn.Needed?.ContainsKey(entry.Name) == false;
            if (isExpired && await evictor.TryRemoveAsync(turn, layer, entry, "MaxAge", cancellationToken).ConfigureAwait(false))
            {
                turn.NoteRemoved(i);
                removed++;
            }
        }

        if (removed > 0)
        {
            await evictor.EmptyTrashAsync(turn, cancellationToken).ConfigureAwait(false);
        }

        return removed;
    }

    private async Task FinishAsync(EvictionTurn turn, CancellationToken cancellationToken)
    {
        // Of a layer that was closed no entry was listed, whether it opens by now or not.
        foreach (var layer in evictor.Layers.Where(layer => !turn.Unseen.Contains(layer) && !turn.Closed.Contains(layer) && evictor.HasRecalled(layer)))
        {
            var entries = turn.Left.Where(item => item.Layer == layer).Select(static item => item.Entry).ToList();
            await layer.Boundary.AttemptAsync(
                "finish clean-up",
                false,
                pulse =>
                {
                    IndexSnapshot.Write(layer.Directory, entries, layer == sources.Layer ? advisors.Get().SaveState() : null, turn.Now, pulse);
                    return true;
                },
                cancellationToken).ConfigureAwait(false);
        }

        await sources.Layer.Boundary.AttemptAsync(
            "look at the disk",
            false,
            _ =>
            {
                _warnings.Look(turn.Bytes);
                return true;
            },
            cancellationToken).ConfigureAwait(false);
        await sources.Layer.Boundary.AttemptAsync(
            "expire records",
            0,
            pulse => ExpiredRecords.Remove(sources.Catalog.KeysDirectory, OwnNames.IsRecord, settings.Current.UploadStateMaxAge, turn.Now, _ahead, pulse)
                + ExpiredRecords.Remove(sources.Catalog.FactsDirectory, OwnNames.IsRecord, settings.Current.UploadStateMaxAge, turn.Now, _ahead, pulse)
                + ExpiredRecords.Remove(sources.PartialsDirectory, OwnNames.IsPartial, PartialsMaxAge, turn.Now, _ahead, pulse),
            cancellationToken).ConfigureAwait(false);
    }
}
