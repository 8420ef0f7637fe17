namespace SmartCache.Tool.Views;

/// <summary>A layer, and what its disk has left.</summary>
internal sealed record LayerView
{
    public required string Layer { get; init; }

    public required string Directory { get; init; }

    public required bool IsPresent { get; init; }

    public required int Entries { get; init; }

    public required long Bytes { get; init; }

    public required int Workers { get; init; }

    public required long AvailableBytes { get; init; }

    public required long TotalBytes { get; init; }

    public required string? OldestEntry { get; init; }

    /// <summary>When the entry that waited longest was last used.</summary>
    public required DateTimeOffset? OldestUse { get; init; }

    public static LayerView Of(InspectedLayer layer, InspectedEntry? oldest) => new LayerView
    {
        Layer = layer.Name,
        Directory = layer.Directory,
        IsPresent = layer.IsPresent,
        Entries = layer.Entries,
        Bytes = layer.Bytes,
        Workers = layer.Workers,
        AvailableBytes = layer.AvailableBytes,
        TotalBytes = layer.TotalBytes,
        OldestEntry = oldest?.Name,
        OldestUse = oldest?.LastUse,
    };
}
