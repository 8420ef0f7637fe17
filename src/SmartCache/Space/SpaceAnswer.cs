namespace SmartCache.Space;

/// <summary>
/// What the account said to a request. Whoever gets it takes the reservation out of it; an answer that comes after it was given up is disposed of by the
/// boundary, and gives back what it holds. Else each pause of the disk would leave space reserved for as long as the process lives.
/// </summary>
internal sealed class SpaceAnswer(SpaceLedger ledger, SpaceRequest request, SpaceShortage shortage) : IDisposable
{
    /// <summary>Whether it is the disk that lacks space, and not only what the cache may take of it.</summary>
    public bool IsDiskShort => shortage.UnderFree > 0;

    /// <summary>The reservation; <see langword="null"/> where there is no space.</summary>
    public SpaceReservation? Take(Func<SpaceRequest, long, ValueTask> settle) => shortage.Exists ? null : new SpaceReservation(request, settle);

    public void Dispose()
    {
        if (!shortage.Exists)
        {
            ledger.Owe(request, 0);
        }
    }
}
