namespace SmartCache;

/// <summary>The part of a layer's figures that belongs to retries, since this process started.</summary>
/// <remarks>
/// A request is one of a retry when its job has asked for the same entry before, in any process and whether or not it was fit to be stored; an upload is, when the
/// job has begun one before. A request without a <c>JobId</c> is never one, nor is one that the cache was not allowed to write about.
/// </remarks>
public sealed record RetryStatistics
{
    /// <summary>Requests of retries that found the work done.</summary>
    public long Hits { get; init; }

    /// <summary>Requests of retries that waited for another caller's work and used it.</summary>
    public long Joined { get; init; }

    /// <summary>Requests of retries that were the first to ask for what had been fetched ahead.</summary>
    public long Prefetched { get; init; }

    /// <summary>Requests of retries that did the work again.</summary>
    public long Misses { get; init; }

    /// <summary>Requests of retries that went past the cache.</summary>
    public long Bypasses { get; init; }

    /// <summary>Work that retries were spared.</summary>
    public TimeSpan SavedTime { get; init; }

    /// <summary>Bytes that retries did not move again.</summary>
    public long SavedBytes { get; init; }
}
