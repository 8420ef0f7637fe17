namespace SmartCache.Tool.Views;

/// <summary><c>stats --json</c>.</summary>
internal sealed record StatsView
{
    public required string Directory { get; init; }

    public required IReadOnlyList<LayerView> Layers { get; init; }

    public required SpaceView Space { get; init; }

    /// <summary>What a pool shares with this host; <see langword="null"/> where there is none.</summary>
    public required RemoteTierView? Remote { get; init; }

    public required IReadOnlyList<RequestsView> Requests { get; init; }

    public required IReadOnlyList<MissReasonView> MissReasons { get; init; }

    public required IReadOnlyList<GoneView> Evictions { get; init; }

    public required IReadOnlyList<GoneView> Regrets { get; init; }

    public required QuarantineView Quarantine { get; init; }

    public required IReadOnlyList<LocksView> Locks { get; init; }

    /// <summary>Whether this user could look at all locks. Else others may be held.</summary>
    public required bool AreLocksKnown { get; init; }

    public required HistorySpanView History { get; init; }

    /// <summary>What could not be looked at, and why. It is missing in the figures.</summary>
    public required IReadOnlyList<string> Unread { get; init; }
}
