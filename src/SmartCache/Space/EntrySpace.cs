using SmartCache.Eviction;
using SmartCache.Storage;

namespace SmartCache.Space;

/// <summary>The space of one entry on its way into the cache: reserved when it is first asked for, and settled at the end by what became of the staging.</summary>
/// <param name="layer">Where the entry goes.</param>
/// <param name="staged">The entry; <see langword="null"/> where nothing is to be stored.</param>
/// <param name="newcomer">What the policy is asked about.</param>
internal sealed class EntrySpace(CacheLayer layer, StagedEntry? staged, EvictionCandidate newcomer) : IAsyncDisposable
{
    private SpaceReservation? _reservation;

    public static EvictionCandidate Newcomer(string name, EntryKind kind, long size, TimeSpan cost, string? jobId, DateTimeOffset now) => new()
    {
        Key = name,
        Kind = kind,
        Size = size,
        CostSeconds = cost > TimeSpan.Zero ? cost.TotalSeconds : null,
        Created = now,
        LastAccess = now,
        UnfinishedJobs = jobId is null ? 0 : 1,
        ProtectedUntil = jobId is null ? default : now + JobProtection.Default.Period,
    };

    public async ValueTask<bool> TryReserveAsync(CancellationToken cancellationToken)
    {
        if (staged is null || _reservation is not null)
        {
            return staged is not null;
        }

        var request = new SpaceRequest(layer.Directory, staged.SpaceNeeded, staged.SpaceToWrite) { Newcomer = newcomer };
        _reservation = await layer.Space.ReserveAsync(request, EntryStore.Short(newcomer.Key), cancellationToken).ConfigureAwait(false);
        return _reservation is not null;
    }

    public ValueTask DisposeAsync() => _reservation?.StoredAsync(staged!.StoredBytes) ?? ValueTask.CompletedTask;
}
