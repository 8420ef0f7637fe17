namespace SmartCache.Tool.Views;

/// <summary><c>report --json</c>, and what the page shows.</summary>
internal sealed record ReportView
{
    public required string Directory { get; init; }

    public required DateTimeOffset Generated { get; init; }

    public required string ToolVersion { get; init; }

    /// <summary>What could not be read, a sentence each.</summary>
    public required IReadOnlyList<string> Problems { get; init; }

    public required HistorySpanView History { get; init; }

    public required IReadOnlyList<LayerView> Layers { get; init; }

    /// <summary><see langword="null"/> where it could not be read.</summary>
    public required SpaceView? Space { get; init; }

    /// <summary>What a pool shares with this host; <see langword="null"/> where there is none.</summary>
    public required RemoteTierView? Remote { get; init; }

    public required IReadOnlyList<RequestsView> Requests { get; init; }

    public required IReadOnlyList<MissReasonView> MissReasons { get; init; }

    public required IReadOnlyList<GoneView> Evictions { get; init; }

    public required IReadOnlyList<GoneView> Regrets { get; init; }

    /// <summary><see langword="null"/> without a history.</summary>
    public required TimelineView? Timeline { get; init; }

    /// <summary><see langword="null"/> where the history has no request that can be replayed.</summary>
    public required ReplayView? Replay { get; init; }

    public required IReadOnlyList<EntryView> Largest { get; init; }

    public required IReadOnlyList<EntryView> Dearest { get; init; }

    public required int UnfinishedJobs { get; init; }

    /// <summary>Of these, those that have begun to upload.</summary>
    public required IReadOnlyList<JobView> Uploads { get; init; }
}
