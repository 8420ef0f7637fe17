namespace SmartCache;

/// <summary>An entry that was proven wrong, and is kept to be looked at.</summary>
/// <remarks>Later versions may have more properties.</remarks>
public sealed record InspectedQuarantine
{
    /// <summary><c>sources</c> or <c>profiles</c>.</summary>
    public required string Layer { get; init; }

    /// <summary>The name that the entry had.</summary>
    public required string Entry { get; init; }

    /// <summary>Where it lies now.</summary>
    public required string Path { get; init; }

    /// <summary>Since when.</summary>
    public DateTimeOffset Since { get; init; }

    /// <summary>Bytes on the disk.</summary>
    public long Bytes { get; init; }
}
