namespace SmartCache;

/// <summary>What a process knows of one layer without a look at its disk.</summary>
/// <remarks>The counts are of this process, since it made the cache.</remarks>
public sealed record LayerState
{
    /// <summary><c>sources</c>, <c>profiles</c>, <c>uploads</c>, or <c>quota</c>: the account of the space, without which nothing is stored.</summary>
    public required string Name { get; init; }

    /// <summary>Whether it can be used.</summary>
    public LayerCondition Condition { get; init; }

    /// <summary>Why not, where it cannot; <see cref="CacheReason.None"/> where it can, or is off.</summary>
    public CacheReason Reason { get; init; }

    /// <summary>Entries on the disk when this process last counted; <see langword="null"/> before that, and for layers without entries.</summary>
    public int? Entries { get; init; }

    /// <summary>The file system, as it was when space was last looked at; <see langword="null"/> before that, and for layers without entries.</summary>
    public DiskState? Disk { get; init; }

    /// <summary>Operations that failed. No job noticed.</summary>
    public long Faults { get; init; }

    /// <summary>Entries that were proven wrong.</summary>
    public long Quarantined { get; init; }

    /// <summary>What became of the requests of retries.</summary>
    public RetryStatistics Retries { get; init; } = new();
}
