namespace SmartCache.Eviction;

/// <summary>A <see cref="FinishedUse"/> as it is saved.</summary>
internal sealed record FinishedUseState
{
    /// <summary>Hash of the key.</summary>
    public string? Key { get; init; }

    public int Kind { get; init; }

    /// <summary>Seconds since 1970.</summary>
    public long Seen { get; init; }

    public bool Idle { get; init; }
}
