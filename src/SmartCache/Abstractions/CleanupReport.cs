namespace SmartCache;

/// <summary>What a clean-up did.</summary>
public sealed record CleanupReport
{
    /// <summary>Whether another process was cleaning up at the same time, or the cache could not be used, so that no entry was looked at.</summary>
    public bool AlreadyRunning { get; init; }

    /// <summary>Entries removed because they were unused for <c>MaxAge</c>.</summary>
    public int ExpiredEntries { get; init; }

    /// <summary>Entries removed for <c>MaxSize</c> or <c>MinFreeSpace</c>.</summary>
    public int EvictedEntries { get; init; }

    /// <summary>Leftovers of crashed workers.</summary>
    public int Leftovers { get; init; }

    /// <summary>Bytes that entries took before.</summary>
    public long BytesBefore { get; init; }

    /// <summary>Bytes that entries take now.</summary>
    public long BytesAfter { get; init; }
}
