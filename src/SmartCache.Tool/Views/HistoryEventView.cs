namespace SmartCache.Tool.Views;

/// <summary>One line of <c>history export</c>.</summary>
internal sealed record HistoryEventView
{
    public required DateTimeOffset Time { get; init; }

    public required HistoryEventKind Kind { get; init; }

    public required string? Layer { get; init; }

    public required CacheOutcome? Outcome { get; init; }

    public required CacheReason? Reason { get; init; }

    public required string? Key { get; init; }

    public required string? Entry { get; init; }

    public required string? Job { get; init; }

    public required string? Profile { get; init; }

    public required double? Seconds { get; init; }

    public required double? CostSeconds { get; init; }

    public required long? Bytes { get; init; }

    public required int? Entries { get; init; }

    public required string? Limit { get; init; }

    public required string? Policy { get; init; }

    public required string? Operation { get; init; }

    public required string? Failure { get; init; }

    public static HistoryEventView Of(HistoryEvent happened) => new HistoryEventView
    {
        Time = happened.Time,
        Kind = happened.Kind,
        Layer = happened.Layer,
        Outcome = happened.Outcome,
        Reason = happened.Reason,
        Key = happened.Key,
        Entry = happened.Entry,
        Job = happened.Job,
        Profile = happened.Profile,
        Seconds = happened.Duration?.TotalSeconds,
        CostSeconds = happened.Cost?.TotalSeconds,
        Bytes = happened.Bytes,
        Entries = happened.Entries,
        Limit = happened.Limit,
        Policy = happened.Policy,
        Operation = happened.Operation,
        Failure = happened.Failure,
    };
}
