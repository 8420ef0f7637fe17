namespace SmartCache.Tool.Views;

/// <summary>One entry, as <c>ls</c> lists it and <c>show</c> shows it.</summary>
internal sealed record EntryView
{
    public required string Key { get; init; }

    public required string Layer { get; init; }

    public required InspectedEntryState State { get; init; }

    public required bool IsCondemned { get; init; }

    public required DateTimeOffset? Created { get; init; }

    public required DateTimeOffset? LastUse { get; init; }

    public required long Bytes { get; init; }

    public required int Files { get; init; }

    public required double CostSeconds { get; init; }

    public required string? SourceContentHash { get; init; }

    public required string? Profile { get; init; }

    public required IReadOnlyDictionary<string, string> Recipe { get; init; }

    public required IReadOnlyDictionary<string, string> Properties { get; init; }

    public required string? Maker { get; init; }

    public static EntryView Of(InspectedEntry entry)
    {
        var isKnown = entry.State == InspectedEntryState.Readable;
        return new EntryView
        {
            Key = entry.Name,
            Layer = entry.Kind == EntryKind.Source ? "sources" : "profiles",
            State = entry.State,
            IsCondemned = entry.IsCondemned,
            Created = isKnown ? entry.Created : null,
            LastUse = isKnown ? entry.LastUse : null,
            Bytes = entry.Length,
            Files = entry.Files,
            CostSeconds = entry.Cost.TotalSeconds,
            SourceContentHash = entry.SourceContentHash,
            Profile = entry.Profile,
            Recipe = entry.Recipe,
            Properties = entry.Properties,
            Maker = entry.Maker,
        };
    }
}
