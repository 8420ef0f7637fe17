namespace SmartCache.Tool.Views;

/// <summary>One key of a source.</summary>
internal sealed record WhySourceKeyView
{
    public required string ContentHash { get; init; }

    public required DateTimeOffset FetchedAt { get; init; }

    public required DateTimeOffset LastUse { get; init; }

    public required bool HasScope { get; init; }

    public required IReadOnlyList<string> Options { get; init; }

    /// <summary>Those that another key of the same source lacks, or has with another value.</summary>
    public required IReadOnlyList<string> DifferingOptions { get; init; }

    public required WhyView Why { get; init; }

    public static WhySourceKeyView Of(InspectedSourceKey key, IReadOnlyList<string> differing, WhyView why) => new()
    {
        ContentHash = key.ContentHash,
        FetchedAt = key.FetchedAt,
        LastUse = key.LastUse,
        HasScope = key.HasScope,
        Options = [.. key.Options],
        DifferingOptions = differing,
        Why = why,
    };
}
