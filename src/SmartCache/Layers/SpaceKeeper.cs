using Microsoft.Extensions.Logging;
using SmartCache.Abstractions;
using SmartCache.Space;
using SmartCache.Storage;
using SmartCache.Storage.Platform;

namespace SmartCache.Layers;

/// <summary>
/// Hands out space before it is written, so that all processes together stay below <c>MaxSize</c> and leave <c>MinFreeSpace</c>. Asked in the background of a job: what gets no space is
/// not cached, and the job does not notice. Only an encode that keeps a part waits for the answer, and it asks no more once it has lost time with that.
/// </summary>
internal sealed class SpaceKeeper(SpaceLedger ledger, CacheBoundary boundary, IRoom room, ILogger logger) : IDisposable
{
    private const int Tries = 4;

    /// <summary>Space for an entry; <see langword="null"/> with the reason where there is none, with a line in the log.</summary>
    /// <param name="request">What it needs.</param>
    /// <param name="name">The entry's short name, for the log.</param>
    /// <param name="cancellationToken">Ends waiting for an eviction.</param>
    public async ValueTask<(SpaceReservation? Reserved, Reason? Refusal)> ReserveAsync(SpaceRequest request, string name, CancellationToken cancellationToken)
    {
        var (reserved, refusal) = await TryReserveAsync(request, cancellationToken).ConfigureAwait(false);
        if (reserved is not null)
        {
            return (reserved, null);
        }

        if (refusal == SpaceRefusal.Unavailable)
        {
            return (null, boundary.Unavailable ?? new(CacheReason.Fault, "the account of the space cannot be read or written"));
        }

        if (request.KeepsFree is not null)
        {
            // Nothing of a job's; whoever fetches ahead says it in a line of its own.
            return (null, new(CacheReason.NoRoom, Text(refusal)));
        }

        SpaceLog.Refused(logger, request.Layer.Name, name, request.Bytes, Text(refusal));
        return (null, new(CacheReason.NoRoom, Text(refusal)));
    }

    /// <summary>Space for an entry where there is some without taking anything away; <see langword="null"/> where not.</summary>
    public async ValueTask<SpaceReservation?> ReserveAtOnceAsync(SpaceRequest request, CancellationToken cancellationToken) =>
        (await TryReserveAtOnceAsync(request, cancellationToken).ConfigureAwait(false)).Reserved;

    /// <summary>The same, and whether it is the disk that lacks space.</summary>
    public async ValueTask<(SpaceReservation? Reserved, bool IsDiskShort)> TryReserveAtOnceAsync(SpaceRequest request, CancellationToken cancellationToken)
    {
        var answer = await AskAsync(request, cancellationToken).ConfigureAwait(false);
        return (answer?.Take(SettleAsync), answer is { IsDiskShort: true });
    }

    /// <summary>Whether the cache takes more than it may on the file system of this layer, as things are.</summary>
    public ValueTask<SpaceShortage?> ShortageAsync(LayerDirectory layer, CancellationToken cancellationToken) =>
        boundary.AttemptAsync<SpaceShortage?>("measure", null, pulse => ledger.Shortage(layer, null, pulse), cancellationToken);

    /// <summary>What would be lacking for this, as things are. Reserves nothing.</summary>
    public ValueTask<SpaceShortage?> ShortageAsync(SpaceRequest request, CancellationToken cancellationToken) =>
        boundary.AttemptAsync<SpaceShortage?>("measure", null, pulse => ledger.Shortage(request.Layer, request, pulse), cancellationToken);

    public ValueTask<SpaceUsage?> UsageAsync(CancellationToken cancellationToken) =>
        boundary.AttemptAsync<SpaceUsage?>("measure", null, ledger.Usage, cancellationToken);

    /// <summary>What entries may take of <c>MaxSize</c>, in bytes.</summary>
    public long EntryLimit => ledger.EntryLimit;

    /// <inheritdoc cref="IRoom.Needs"/>
    public JobNeeds? Needs => room.Needs;

    /// <summary>Whether the disk of the account hangs.</summary>
    public bool Hangs => boundary.Hangs;

    /// <inheritdoc cref="IRoom.CountAsync"/>
    public ValueTask CountAsync(CancellationToken cancellationToken) => room.CountAsync(cancellationToken);

    /// <inheritdoc cref="IRoom.LearnNeedsAsync"/>
    public ValueTask LearnNeedsAsync(CancellationToken cancellationToken) => room.LearnNeedsAsync(cancellationToken);

    /// <summary>Counts what lies there if nobody has: until then nothing can be reserved. Never faults.</summary>
    public async Task<bool> CountOnceAsync(CancellationToken stopping)
    {
        try
        {
            if (await UsageAsync(stopping).ConfigureAwait(false) is { Counted: null })
            {
                await room.CountOnceAsync(stopping).ConfigureAwait(false);
            }

            return true;
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            return false;
        }
        catch (Exception exception)
        {
            boundary.Report("count", exception);
            return false;
        }
    }

    /// <summary>Takes this process's reservations out of the account, if all are settled.</summary>
    public void Dispose()
    {
        try
        {
            ledger.Close();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // Void as soon as the writer's lock is free, which it is next.
        }
    }

    private ValueTask<SpaceAnswer?> AskAsync(SpaceRequest request, CancellationToken cancellationToken) =>
        boundary.AttemptAsync<SpaceAnswer?>(
            "reserve",
            null,
            pulse =>
            {
                try
                {
                    return new SpaceAnswer(ledger, request, ledger.TryReserve(request, pulse));
                }
                catch (IOException exception) when (request.IsForPart && DiskError.IsFull(exception))
                {
                    // As a fault it would have entries evicted.
                    return null;
                }
            },
            cancellationToken);

    private async ValueTask<(SpaceReservation? Reserved, SpaceRefusal Refusal)> TryReserveAsync(SpaceRequest request, CancellationToken cancellationToken)
    {
        if (request.Bytes > ledger.EntryLimit)
        {
            return (null, SpaceRefusal.TooLarge);
        }

        for (var left = Tries; left > 0; left--)
        {
            if (await AskAsync(request, cancellationToken).ConfigureAwait(false) is not { } answer)
            {
                return (null, SpaceRefusal.Unavailable);
            }

            if (answer.Take(SettleAsync) is { } reserved)
            {
                return (reserved, SpaceRefusal.None);
            }

            if (await MakeRoomAsync(request, cancellationToken).ConfigureAwait(false) is not SpaceRefusal.None and var refusal)
            {
                return (null, refusal);
            }
        }

        // Others took each time what was freed.
        return (null, SpaceRefusal.NothingToEvict);
    }

    private async ValueTask<SpaceRefusal> MakeRoomAsync(SpaceRequest request, CancellationToken cancellationToken)
    {
        try
        {
            return await room.MakeAsync(request, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            // Choosing what goes is no operation of the disk and runs between those: no boundary is around it, and some jobs wait for it.
            boundary.Report("make room", exception);
            return SpaceRefusal.Unavailable;
        }
    }

    private async ValueTask SettleAsync(SpaceRequest request, long stored)
    {
        ledger.Owe(request, stored);
        await boundary.AttemptAsync(
            "settle",
            false,
            pulse =>
            {
                try
                {
                    ledger.Settle(pulse);
                    return true;
                }
                catch (IOException exception) when (request.IsForPart && DiskError.IsFull(exception))
                {
                    // It is owed, and entered with the next step.
                    return false;
                }
            },
            CancellationToken.None).ConfigureAwait(false);
    }

    private static string Text(SpaceRefusal refusal) => refusal switch
    {
        SpaceRefusal.Busy => "another worker is about to make room, and shows no sign of life",
        SpaceRefusal.TooLarge => "it alone is more than MaxSize",
        SpaceRefusal.NotWorthIt => "what would have to go for it is needed more",
        _ => "everything that could go is in use, or would free nothing",
    };
}
