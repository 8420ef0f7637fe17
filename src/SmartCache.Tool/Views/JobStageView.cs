namespace SmartCache.Tool.Views;

/// <summary>One request of a job, as the history has it.</summary>
internal sealed record JobStageView
{
    public required DateTimeOffset Time { get; init; }

    public required string Layer { get; init; }

    public required CacheOutcome? Outcome { get; init; }

    public required CacheReason Reason { get; init; }

    public required string? Profile { get; init; }

    public required string? Key { get; init; }

    public required double? Seconds { get; init; }

    public required double? CostSeconds { get; init; }

    public required long? Bytes { get; init; }

    public required string? Failure { get; init; }

    public static JobStageView Of(HistoryEvent happened) => new JobStageView
    {
        Time = happened.Time,
        Layer = happened.Layer ?? "",
        Outcome = happened.Outcome,
        Reason = happened.Reason ?? CacheReason.None,
        Profile = happened.Profile,
        Key = happened.Key,
        Seconds = happened.Duration?.TotalSeconds,
        CostSeconds = happened.Cost?.TotalSeconds,
        Bytes = happened.Bytes,
        Failure = happened.Failure,
    };
}
