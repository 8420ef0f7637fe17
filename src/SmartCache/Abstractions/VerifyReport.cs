namespace SmartCache;

/// <summary>What a full verification found.</summary>
public sealed record VerifyReport
{
    /// <summary>Entries whose every byte was read.</summary>
    public int Entries { get; init; }

    /// <summary>Bytes read.</summary>
    public long Bytes { get; init; }

    /// <summary>Entries whose bytes were wrong.</summary>
    public int Quarantined { get; init; }
}
