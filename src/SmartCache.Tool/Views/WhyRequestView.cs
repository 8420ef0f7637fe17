namespace SmartCache.Tool.Views;

/// <summary>How the last request for a key went.</summary>
internal sealed record WhyRequestView
{
    public required DateTimeOffset Time { get; init; }

    public required CacheOutcome? Outcome { get; init; }

    public required CacheReason Reason { get; init; }

    public required string Meaning { get; init; }

    public required string WhatToDo { get; init; }

    public required string? Job { get; init; }

    public required string? Profile { get; init; }

    public required string? Failure { get; init; }

    public static WhyRequestView Of(HistoryEvent request)
    {
        var reason = request.Reason ?? CacheReason.None;
        return new WhyRequestView
        {
            Time = request.Time,
            Outcome = request.Outcome,
            Reason = reason,
            Meaning = ReasonTexts.MeaningOf(reason),
            WhatToDo = ReasonTexts.WhatToDo(reason),
            Job = request.Job,
            Profile = request.Profile,
            Failure = request.Failure,
        };
    }
}
