namespace SmartCache;

/// <summary>What reading an entry's bytes said.</summary>
/// <remarks>Later versions may have more properties.</remarks>
public sealed record InspectedReading
{
    /// <summary>Whether they are right.</summary>
    public InspectedVerdict Verdict { get; init; }

    /// <summary>What is wrong, with the file's path below the entry, or why nothing is known; <see langword="null"/> of one that is whole or gone.</summary>
    public string? Why { get; init; }

    /// <summary>Bytes read.</summary>
    public long Bytes { get; init; }
}
