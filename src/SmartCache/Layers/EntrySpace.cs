using SmartCache.Abstractions;
using SmartCache.Eviction;
using SmartCache.Space;
using SmartCache.Storage;

namespace SmartCache.Layers;

/// <summary>The space of one entry on its way into the cache: reserved when it is first asked for, and settled at the end by what became of the staging.</summary>
/// <param name="layer">Where the entry goes.</param>
/// <param name="keeper">Who gives the space.</param>
/// <param name="staged">The entry; <see langword="null"/> where nothing is to be stored.</param>
internal sealed class EntrySpace(EntryLayer layer, SpaceKeeper keeper, StagedEntry? staged) : IAsyncDisposable
{
    private SpaceReservation? _reservation;

    /// <inheritdoc cref="SpaceRequest.KeepsFree"/>
    public long? KeepsFree { get; init; }

    /// <summary>What was reserved before there was anything to stage; it is given back where it is not enough.</summary>
    public SpaceReservation? Given { get; init; }

    /// <summary>Whether <see cref="TryAtOnceAsync"/> found too little left on the disk, and not only of what the cache may take.</summary>
    public bool IsDiskShort { get; private set; }

    /// <summary>Why <see cref="TryReserveAsync"/> got nothing.</summary>
    public Reason? Refusal { get; private set; }

    public static EvictionCandidate Newcomer(string name, EntryKind kind, long size, TimeSpan cost, string? jobId, DateTimeOffset now) => new()
    {
        Key = name,
        Kind = kind,
        Size = size,
        CostSeconds = cost > TimeSpan.Zero ? cost.TotalSeconds : null,
        Created = now,
        LastAccess = now,
        UnfinishedJobs = jobId is null ? 0 : 1,
        Jobs = jobId is null ? null : [NameHash.Of(jobId)],
        ProtectedUntil = jobId is null ? default : now + JobProtection.Default.Period,
    };

    /// <summary>
    /// Reserves if nothing has to go for it: before the file is even hashed, since a link keeps its blocks as soon as the worker has deleted its own name.
    /// Who gets nothing here asks again when it is known which entry it is.
    /// </summary>
    public async ValueTask TryAtOnceAsync(CancellationToken cancellationToken)
    {
        if (Given is not null)
        {
            if (staged is not null && staged.SpaceNeeded <= Given.Request.Bytes)
            {
                _reservation = Given;
                return;
            }

            await Given.DisposeAsync().ConfigureAwait(false);
        }

        if (staged is not null)
        {
            (_reservation, IsDiskShort) = await keeper.TryReserveAtOnceAsync(RequestFor(staged), cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Reserves, by taking others away where the policy and unfinished jobs allow it.</summary>
    public async ValueTask<bool> TryReserveAsync(EvictionCandidate newcomer, CancellationToken cancellationToken)
    {
        if (staged is null || _reservation is not null)
        {
            return staged is not null;
        }

        var request = RequestFor(staged) with { Newcomer = newcomer };
        (_reservation, Refusal) = await keeper.ReserveAsync(request, EntryName.Short(newcomer.Key), cancellationToken).ConfigureAwait(false);
        return _reservation is not null;
    }

    public async ValueTask DisposeAsync()
    {
        if (_reservation is null)
        {
            return;
        }

        // The files first: once the reservation is given back, another process may fill the space that they still take.
        var stored = staged!.StoredBytes;
        var isGone = false;
        try
        {
            isGone = stored == 0 && await layer.Boundary.AttemptAsync("throw away", false, staged.TryThrowAway, CancellationToken.None).ConfigureAwait(false);
        }
        finally
        {
            await _reservation.StoredAsync(stored != 0 || isGone ? stored : staged.SpaceNeeded).ConfigureAwait(false);
        }
    }

    private SpaceRequest RequestFor(StagedEntry entry) => new(layer.Directory, entry.SpaceNeeded, entry.SpaceToWrite) { Inodes = entry.InodesToMake, KeepsFree = KeepsFree };
}
