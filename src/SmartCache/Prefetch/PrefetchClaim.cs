namespace SmartCache.Prefetch;

/// <summary>A download's part of what may be fetched ahead, for as long as it runs. Of one whose length is not known it grows with what comes.</summary>
/// <param name="most">The most that may come, as it was when it began.</param>
/// <param name="bytes">What is known to come.</param>
/// <param name="changed">Is told each change of it.</param>
internal sealed class PrefetchClaim(long most, long bytes, Action<long> changed) : IDisposable
{
    private long _bytes = bytes;

    /// <summary>Whether there is a reservation for it.</summary>
    public bool IsReserved { get; init; }

    public long Most => most;

    public long Bytes => Interlocked.Read(ref _bytes);

    /// <summary>So much has come by now.</summary>
    public void Grow(long seen)
    {
        if (seen > Bytes)
        {
            changed(seen - Interlocked.Exchange(ref _bytes, seen));
        }
    }

    public void Dispose() => changed(-Interlocked.Exchange(ref _bytes, 0));
}
