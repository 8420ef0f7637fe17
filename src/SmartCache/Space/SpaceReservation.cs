namespace SmartCache.Space;

/// <summary>Space that one entry in the making may take. What is not settled because the process died counts as taken until the next count.</summary>
internal sealed class SpaceReservation(SpaceRequest request, Func<SpaceRequest, long, ValueTask> settle) : IAsyncDisposable
{
    private int _settled;

    /// <summary>What it is for.</summary>
    public SpaceRequest Request { get; private set; } = request;

    /// <summary>
    /// Holds so much from here on: what was written of it meanwhile may be counted elsewhere, and is missing on the disk. More than before is held whether there is room for it or not.
    /// Never beside one of the others.
    /// </summary>
    public ValueTask HoldAsync(long bytes, long writes)
    {
        var before = Request;
        if (_settled != 0 || (bytes == before.Bytes && writes == before.Writes))
        {
            return ValueTask.CompletedTask;
        }

        Request = before with { Bytes = bytes, Writes = writes };
        return settle(new SpaceRequest(before.Layer, before.Bytes - bytes, before.Writes - writes), 0);
    }

    /// <summary>Gives the reservation back; so many bytes of it are closed files now.</summary>
    public ValueTask StoredAsync(long bytes) =>
        Interlocked.Exchange(ref _settled, 1) == 0 ? settle(Request, bytes) : ValueTask.CompletedTask;

    /// <summary>Gives the reservation back; nothing was stored.</summary>
    public ValueTask DisposeAsync() => StoredAsync(0);
}
