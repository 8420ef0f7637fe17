namespace SmartCache.Tool.Views;

/// <summary>An entry that would go.</summary>
internal sealed record VictimView
{
    public required string Key { get; init; }

    public required string Layer { get; init; }

    /// <summary>The setting because of which it would go.</summary>
    public required string Limit { get; init; }

    public required InspectedProtection Protection { get; init; }

    public required int Jobs { get; init; }

    public required long Bytes { get; init; }

    public required double? CostSeconds { get; init; }

    public required DateTimeOffset Created { get; init; }

    public required DateTimeOffset LastUse { get; init; }

    public static VictimView Of(InspectedVictim victim) => new()
    {
        Key = victim.Entry,
        Layer = victim.Kind == EntryKind.Source ? "sources" : "profiles",
        Limit = victim.Limit,
        Protection = victim.Protection,
        Jobs = victim.Jobs,
        Bytes = victim.Bytes,
        CostSeconds = victim.Cost?.TotalSeconds,
        Created = victim.Created,
        LastUse = victim.LastUse,
    };
}
