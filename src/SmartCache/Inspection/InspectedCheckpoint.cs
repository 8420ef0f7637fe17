namespace SmartCache;

/// <summary>The finished parts of an encode that did not end, or is under way.</summary>
/// <remarks>Later versions may have more properties.</remarks>
public sealed record InspectedCheckpoint
{
    /// <summary>The name that the profile's entry will have.</summary>
    public required string Entry { get; init; }

    /// <summary>Parts on record.</summary>
    public int Parts { get; init; }

    /// <summary>Bytes of the parts.</summary>
    public long Bytes { get; init; }

    /// <summary>Wall time of the work in them.</summary>
    public TimeSpan Work { get; init; }

    /// <summary>How much of the video they hold.</summary>
    public TimeSpan Length { get; init; }

    /// <summary>When one was last recorded.</summary>
    public DateTimeOffset LastUse { get; init; }
}
