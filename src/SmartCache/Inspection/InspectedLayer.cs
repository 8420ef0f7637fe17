namespace SmartCache;

/// <summary>One layer of a cache, as it lies on the disk.</summary>
/// <remarks>Later versions may have more properties.</remarks>
public sealed record InspectedLayer
{
    /// <summary><c>sources</c>, <c>profiles</c> or <c>uploads</c>.</summary>
    public required string Name { get; init; }

    /// <summary>Where it lies.</summary>
    public required string Directory { get; init; }

    /// <summary>Whether there is such a directory, and it bears the marker of this layer.</summary>
    public bool IsPresent { get; init; }

    /// <summary>Entries; of <c>uploads</c>, jobs on record.</summary>
    public int Entries { get; init; }

    /// <summary>Bytes on the disk that the entries take, whole blocks and directories included. 0 of <c>uploads</c>.</summary>
    public long Bytes { get; init; }

    /// <summary>The entry that nobody has used for longest, whether or not its manifest is whole; <see langword="null"/> of <c>uploads</c>, and where there is none.</summary>
    public string? OldestEntry { get; init; }

    /// <summary>When somebody used it last.</summary>
    public DateTimeOffset? OldestUse { get; init; }

    /// <summary>Processes that have the layer open.</summary>
    public int Workers { get; init; }

    /// <summary>Why it could not be looked into; <see langword="null"/> where it could. What is not known then is 0.</summary>
    public string? Failure { get; init; }

    /// <summary>Bytes that its file system has left for this user.</summary>
    public long AvailableBytes { get; init; }

    /// <summary>Bytes that its file system has in all.</summary>
    public long TotalBytes { get; init; }

    /// <summary>Bytes of these that <c>MinFreeSpace</c> wants to be left.</summary>
    public long FloorBytes { get; init; }

    /// <summary>Files that can still be made there.</summary>
    public long FreeInodes { get; init; }

    /// <summary>How many of these <c>MinFreeInodes</c> wants to be left; 0 where the file system does not count them.</summary>
    public long FloorInodes { get; init; }
}
