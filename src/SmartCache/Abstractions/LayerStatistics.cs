namespace SmartCache;

/// <summary>One layer.</summary>
/// <remarks><see cref="Entries"/>, <see cref="Bytes"/> and <see cref="Verification"/> are of the directory, all else of this process.</remarks>
public sealed record LayerStatistics
{
    /// <summary>Entries on the disk.</summary>
    public int Entries { get; init; }

    /// <summary>Bytes they take.</summary>
    public long Bytes { get; init; }

    /// <summary>Requests that found the work done.</summary>
    public long Hits { get; init; }

    /// <summary>Requests that waited for another caller's work and used it.</summary>
    public long Joined { get; init; }

    /// <summary>What was fetched ahead of its jobs; of the source layer only.</summary>
    public PrefetchStatistics Prefetch { get; init; } = new();

    /// <summary>Requests that did the work.</summary>
    public long Misses { get; init; }

    /// <summary>Requests that went past the cache.</summary>
    public long Bypasses { get; init; }

    /// <summary>Misses that would have been hits, were the layer not in mode <c>Observe</c>.</summary>
    public long ObservedHits { get; init; }

    /// <summary>Work that hits avoided.</summary>
    public TimeSpan SavedTime { get; init; }

    /// <summary>Bytes that were not moved again.</summary>
    public long SavedBytes { get; init; }

    /// <summary>The part of all this that belongs to retries.</summary>
    public RetryStatistics Retries { get; init; } = new();

    /// <summary>What eviction destroyed and had to be made again.</summary>
    public RegretStatistics Regret { get; init; } = new();

    /// <summary>How far the background verification is; <see langword="null"/> before its first round has been noted, and always for the upload layer, which has none.</summary>
    public VerificationStatistics? Verification { get; init; }
}
