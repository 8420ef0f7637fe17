namespace SmartCache.Tool.Views;

/// <summary>A layer, and what its disk has left.</summary>
internal sealed record LayerView
{
    public required string Layer { get; init; }

    public required string Directory { get; init; }

    public required bool IsPresent { get; init; }

    /// <summary>Why it could not be looked into; <see langword="null"/> where it could.</summary>
    public required string? Failure { get; init; }

    public required int Entries { get; init; }

    public required long Bytes { get; init; }

    public required int Workers { get; init; }

    public required long AvailableBytes { get; init; }

    public required long TotalBytes { get; init; }

    public required string? OldestEntry { get; init; }

    /// <summary>When the entry that waited longest was last used.</summary>
    public required DateTimeOffset? OldestUse { get; init; }
}
