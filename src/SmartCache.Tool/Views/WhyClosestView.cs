namespace SmartCache.Tool.Views;

/// <summary>The cached profile of the same source that comes closest to a key.</summary>
internal sealed record WhyClosestView
{
    public required string Key { get; init; }

    public required string? Profile { get; init; }

    /// <summary>The options in which it differs; <see langword="null"/> where no entry tells what the recipe of the key was.</summary>
    public IReadOnlyList<WhyDifferenceView>? Differences { get; init; }
}
