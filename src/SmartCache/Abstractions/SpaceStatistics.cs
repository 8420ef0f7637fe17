namespace SmartCache;

/// <summary>What the cache takes on the disk, over all processes that share it.</summary>
/// <remarks>Never less than the truth: entries count in full, also where their blocks are shared with others.</remarks>
public sealed record SpaceStatistics
{
    /// <summary>Bytes of entries, records, partial downloads, parts of unfinished encodes, what is about to be deleted, and <see cref="ReservedBytes"/>.</summary>
    public required long UsedBytes { get; init; }

    /// <summary>Of these, what is reserved for entries in the making.</summary>
    public required long ReservedBytes { get; init; }

    /// <summary><c>MaxSize</c>.</summary>
    public required long LimitBytes { get; init; }
}
