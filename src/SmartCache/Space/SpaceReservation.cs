namespace SmartCache.Space;

/// <summary>Space that one entry in the making may take. What is not settled because the process died counts as taken until the next count.</summary>
internal sealed class SpaceReservation(SpaceRequest request, Func<SpaceRequest, long, ValueTask> settle) : IAsyncDisposable
{
    private int _settled;

    /// <summary>What it is for.</summary>
    public SpaceRequest Request => request;

    /// <summary>Gives the reservation back; so many bytes of it are closed files now.</summary>
    public ValueTask StoredAsync(long bytes) =>
        Interlocked.Exchange(ref _settled, 1) == 0 ? settle(request, bytes) : ValueTask.CompletedTask;

    /// <summary>Gives the reservation back; nothing was stored.</summary>
    public ValueTask DisposeAsync() => StoredAsync(0);
}
