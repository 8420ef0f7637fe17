namespace SmartCache;

/// <summary>What eviction destroyed and had to be made again, since this process started.</summary>
/// <remarks>Each evicted entry counts at most once, in the process that made it again. A policy and a size are judged by it. The metrics name reason and policy.</remarks>
public sealed record RegretStatistics
{
    /// <summary>Entries that were made again.</summary>
    public long Entries { get; init; }

    /// <summary>Work that making them had taken the first time.</summary>
    public TimeSpan Time { get; init; }

    /// <summary>Bytes they took.</summary>
    public long Bytes { get; init; }
}
