namespace SmartCache.Tool.Views;

/// <summary><c>why --json</c> of a key.</summary>
internal sealed record WhyView
{
    /// <summary>The whole key; what was typed, where nothing begins so.</summary>
    public required string Key { get; init; }

    /// <summary>The entry that it led to, where it is another name.</summary>
    public required string? Entry { get; init; }

    public required string? Layer { get; init; }

    public required string? Profile { get; init; }

    public required Fate Fate { get; init; }

    public required string Meaning { get; init; }

    public required string WhatToDo { get; init; }

    /// <summary>When that happened.</summary>
    public required DateTimeOffset? At { get; init; }

    public required string? Limit { get; init; }

    public required string? Policy { get; init; }

    public required CacheReason? Reason { get; init; }

    public required WhyRequestView? LastRequest { get; init; }

    /// <summary>What the next request would come to; <see langword="null"/> of what no request asks for.</summary>
    public WhyLookUpView? LookUp { get; init; }

    /// <summary>Of a profile that would not be served, the closest one that is there.</summary>
    public WhyClosestView? Closest { get; init; }

    public required DateTimeOffset? HistoryFrom { get; init; }
}
