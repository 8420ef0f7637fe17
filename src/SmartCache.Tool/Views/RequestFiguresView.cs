namespace SmartCache.Tool.Views;

/// <summary>How requests went.</summary>
internal sealed record RequestFiguresView
{
    public required int Requests { get; init; }

    public required int Hits { get; init; }

    public required int Joined { get; init; }

    public required int Misses { get; init; }

    public required int Bypassed { get; init; }

    /// <summary>Hits and joined of all but bypassed ones; <see langword="null"/> without any.</summary>
    public required double? HitRate { get; init; }

    public required double SavedSeconds { get; init; }

    public required long SavedBytes { get; init; }
}
