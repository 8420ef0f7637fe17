namespace SmartCache;

/// <summary>One option in which two recipes differ, as the log of a miss names it: <c>-crf</c>, say, where the recipe is a command line.</summary>
/// <remarks>Later versions may have more properties.</remarks>
public sealed record InspectedDifference
{
    /// <summary>The option.</summary>
    public required string Name { get; init; }

    /// <summary>Its value in the recipe that was asked for; <see langword="null"/> where that does not have it.</summary>
    public string? Wanted { get; init; }

    /// <summary>Its value in the entry; <see langword="null"/> where that does not have it.</summary>
    public string? Present { get; init; }
}
