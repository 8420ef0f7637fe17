using SmartCache.Layers;
using SmartCache.Sources;
using SmartCache.Space;

namespace SmartCache.Prefetch;

/// <summary>
/// Says how much may be fetched ahead: what nobody needs. Beside what waits already, below <c>MaxShare</c>; beside what unfinished jobs need, with the largest of them once more,
/// because the one that runs may grow to that; and on the disk with so much left beside <c>MinFreeSpace</c>.
/// </summary>
internal sealed class PrefetchRoom(SourceStore store, SpaceKeeper space)
{
    /// <summary>What jobs need changes with each of them; counting looks at each entry.</summary>
    private static readonly TimeSpan CountInterval = TimeSpan.FromMinutes(1);

    private long _running;
    private long? _countedAt;

    /// <summary>What a running job may still need.</summary>
    public long KeepsFree => space.Needs?.Largest ?? 0;

    /// <summary>Bytes that are being fetched.</summary>
    public long Running => Interlocked.Read(ref _running);

    /// <summary>What may be fetched now, in bytes; at most <paramref name="asked"/> where that is known.</summary>
    public async ValueTask<long> MostAsync(long? asked, CancellationToken cancellationToken)
    {
        await CountAsync(cancellationToken).ConfigureAwait(false);
        if (space.Needs is not { } needs || await space.UsageAsync(cancellationToken).ConfigureAwait(false) is not { } usage)
        {
            // Who cannot know what jobs need takes nothing beside them.
            return 0;
        }

        var settings = store.Layer.Settings.Current;
        var waiting = await store.Layer.Boundary.AttemptAsync("look what waits", long.MaxValue / 4, pulse => store.Catalog.Ahead.Waiting(pulse).Values.Sum(), cancellationToken).ConfigureAwait(false);
        var share = settings.PrefetchMaxShare.Of(settings.MaxSize) - waiting - Running;
        var beside = space.EntryLimit - (usage.Total - needs.Free) - needs.Largest;
        var most = Math.Max(0, Math.Min(share, beside));
        return asked is { } length ? (length <= most ? length : 0) : most;
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

    /// <summary>Reserves what is known to come.</summary>
    public async ValueTask<SpaceReservation?> TryReserveAsync(PrefetchItem item, long bytes, CancellationToken cancellationToken)
    {
        var newcomer = EntrySpace.Newcomer(item.Key.Name, EntryKind.Source, bytes, TimeSpan.Zero, item.JobId, store.Layer.Time.GetUtcNow());
        var request = new SpaceRequest(store.Layer.Directory, bytes, bytes) { Inodes = 2, KeepsFree = KeepsFree, Newcomer = newcomer };
        return (await space.ReserveAsync(request, "", cancellationToken).ConfigureAwait(false)).Reserved;
    }

    /// <summary>Whether the disk has anything left for what has no known length.</summary>
    public async ValueTask<bool> HasDiskAsync(CancellationToken cancellationToken)
    {
        var request = new SpaceRequest(store.Layer.Directory, 0, 0) { KeepsFree = KeepsFree };
        if (await space.ReserveAtOnceAsync(request, cancellationToken).ConfigureAwait(false) is not { } reserved)
        {
            return false;
        }

        await reserved.DisposeAsync().ConfigureAwait(false);
        return true;
    }

    /// <summary>Counts a download for as long as it runs.</summary>
    public void Begin(long bytes) => Interlocked.Add(ref _running, bytes);

    /// <inheritdoc cref="Begin"/>
    public void End(long bytes) => Interlocked.Add(ref _running, -bytes);
}
