namespace SmartCache;

/// <summary>What one policy in a cache of one size would have done with a history.</summary>
/// <remarks>Later versions may have more properties.</remarks>
public sealed record HistoryReplayResult
{
    /// <summary>The policy's name.</summary>
    public required string Policy { get; init; }

    /// <summary>Bytes that the cache may hold.</summary>
    public required long MaxSize { get; init; }

    /// <summary>Requests that were replayed.</summary>
    public long Requests { get; init; }

    /// <summary>Those that the cache would have served.</summary>
    public long Hits { get; init; }

    /// <summary>Work of a worker without a cache: the sum of what each request cost the first time.</summary>
    public TimeSpan Work { get; init; }

    /// <summary>Work that the hits would have spared.</summary>
    public TimeSpan SparedWork { get; init; }

    /// <summary>Requests of jobs for what they had asked for before.</summary>
    public long Retries { get; init; }

    /// <summary>Those that the cache would have served.</summary>
    public long RetryHits { get; init; }

    /// <summary>Entries that would have gone to make room.</summary>
    public long Evictions { get; init; }

    /// <summary>Entries that would not have been stored: larger than the cache, or not worth their place.</summary>
    public long NotStored { get; init; }
}
