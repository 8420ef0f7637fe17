using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using SmartCache.Layers;
using SmartCache.Sources;
using SmartCache.Space;

namespace SmartCache.Prefetch;

/// <summary>
/// Says how much may be fetched ahead: what nobody needs. Beside what waits already, below <c>MaxShare</c>; beside what unfinished jobs need, with the largest of them once more,
/// because the one that runs may grow to that; and on the disk with so much left beside <c>MinFreeSpace</c>.
/// </summary>
[SuppressMessage("Design", "CA1001", Justification = "Nobody asks for the semaphore's wait handle, so it holds nothing.")]
internal sealed class PrefetchRoom(SourceStore store, SpaceKeeper space)
{
    /// <summary>What jobs need changes with each of them; counting looks at each entry.</summary>
    private static readonly TimeSpan CountInterval = TimeSpan.FromMinutes(1);

    private readonly SemaphoreSlim _claiming = new(1, 1);
    private readonly ConcurrentDictionary<PrefetchClaim, bool> _claims = new();
    private long? _countedAt;

    /// <summary>What a running job may still need.</summary>
    public long KeepsFree => space.Needs?.Largest ?? 0;

    /// <inheritdoc cref="SpaceKeeper.EntryLimit"/>
    public long EntryLimit => space.EntryLimit;

    /// <summary>Takes a part of what may be fetched now, for as long as it is held: one after the other, so that no two take the same.</summary>
    /// <param name="asked">Bytes that are known to come; <see langword="null"/> where that is not known.</param>
    /// <param name="atMost">What whoever asks for it allows.</param>
    /// <param name="kept">What of it is there already.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns><see langword="null"/> where there is no room.</returns>
    public async ValueTask<PrefetchClaim?> TryClaimAsync(long? asked, long atMost, WrittenAhead kept, CancellationToken cancellationToken)
    {
        await _claiming.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            await CountAsync(cancellationToken).ConfigureAwait(false);
            var left = await LeftAsync(null, cancellationToken).ConfigureAwait(false);
            var most = Math.Min(Math.Min(left.Share, left.Beside + kept.Partials), atMost);
            if (most < (asked ?? 1))
            {
                return null;
            }

            var claim = new PrefetchClaim(asked ?? most, asked, kept, claim => _claims.TryRemove(claim, out _));
            _claims[claim] = true;
            return claim;
        }
        finally
        {
            _claiming.Release();
        }
    }

    /// <summary>Whether there is still room for what has come: of unknown length nothing is reserved, and jobs fill cache and disk meanwhile.</summary>
    public async ValueTask<bool> AllowsAsync(PrefetchClaim claim, CancellationToken cancellationToken)
    {
        if (claim.IsReserved || !claim.IsWithin)
        {
            return claim.IsWithin;
        }

        var left = await LeftAsync(claim, cancellationToken).ConfigureAwait(false);
        return claim.Bytes <= left.Share && claim.Uncounted <= left.Beside && await HasDiskAsync(cancellationToken).ConfigureAwait(false);
    }

    // What is reserved is in the account, and so is what lies in partials.
    private async ValueTask<(long Share, long Beside)> LeftAsync(PrefetchClaim? own, CancellationToken cancellationToken)
    {
        if (space.Needs is not { } needs || await space.UsageAsync(cancellationToken).ConfigureAwait(false) is not { } usage)
        {
            // Who cannot know what jobs need takes nothing beside them.
            return (0, 0);
        }

        var settings = store.Layer.Settings.Current;
        var waiting = await store.Layer.Boundary.AttemptAsync("look what waits", long.MaxValue / 4, pulse => store.Catalog.Ahead.Waiting(pulse).Values.Sum(), cancellationToken).ConfigureAwait(false);
        var others = _claims.Keys.Where(claim => claim != own).ToList();
        var share = settings.PrefetchMaxShare.Of(settings.MaxSize) - waiting - others.Sum(static claim => claim.Bytes);
        var beside = space.EntryLimit - (usage.Total - needs.Free) - needs.Largest - others.Sum(static claim => claim.Uncounted);
        return (Math.Max(0, share), Math.Max(0, beside));
    }

    private async ValueTask CountAsync(CancellationToken cancellationToken)
    {
        var time = store.Layer.Time;
        if (space.Needs is null || _countedAt is not { } at || time.GetElapsedTime(at) >= CountInterval)
        {
            _countedAt = time.GetTimestamp();
            await space.CountAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Reserves what is known to come and is not there yet.</summary>
    public async ValueTask<SpaceReservation?> TryReserveAsync(PrefetchItem item, long bytes, PrefetchClaim claim, CancellationToken cancellationToken)
    {
        var newcomer = EntrySpace.Newcomer(item.Key.Name, EntryKind.Source, bytes, TimeSpan.Zero, item.JobId, store.Layer.Time.GetUtcNow());
        var needed = claim.Rest(claim.Counted);
        var request = new SpaceRequest(store.Layer.Directory, needed, needed) { Inodes = 2, KeepsFree = KeepsFree, Newcomer = newcomer };
        return claim.Reserved = (await space.ReserveAsync(request, "", cancellationToken).ConfigureAwait(false)).Reserved;
    }

    /// <summary>Whether the disk has anything left for what has no known length. What was written of it is gone from the disk already.</summary>
    public async ValueTask<bool> HasDiskAsync(CancellationToken cancellationToken) =>
        await space.ShortageAsync(new SpaceRequest(store.Layer.Directory, 0, 0) { KeepsFree = KeepsFree }, cancellationToken).ConfigureAwait(false) is { Exists: false };

    /// <summary>Whether the disk has less than <c>MinFreeSpace</c>, whatever is to come.</summary>
    public async ValueTask<bool> IsDiskFullAsync(CancellationToken cancellationToken) =>
        await space.ShortageAsync(store.Layer.Directory, cancellationToken).ConfigureAwait(false) is { } shortage && shortage.Available < shortage.Floor;
}
