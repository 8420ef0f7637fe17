namespace SmartCache.Eviction;

/// <summary>A <see cref="VideoUse"/> as it is saved: hashes of names, and seconds since 1970.</summary>
internal sealed record VideoUseState
{
    public string? Video { get; init; }

    public double Jobs { get; init; }

    public long First { get; init; }

    public long Seen { get; init; }

    public string? Latest { get; init; }

    public string? Before { get; init; }
}
