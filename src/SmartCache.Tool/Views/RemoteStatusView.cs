namespace SmartCache.Tool.Views;

/// <summary><c>remote status --json</c>.</summary>
internal sealed record RemoteStatusView
{
    public required string Directory { get; init; }

    public required RemoteMode Mode { get; init; }

    public required string? Store { get; init; }

    public required string Prefix { get; init; }

    public required RemoteRestView? ReadsRest { get; init; }

    public required RemoteRestView? WritesRest { get; init; }

    public required bool? KeepsConditions { get; init; }

    public required string? BrokenCondition { get; init; }

    public required int OwedEntries { get; init; }

    public required long OwedBytes { get; init; }

    public required double OldestOwedSeconds { get; init; }

    /// <param name="directory">The cache's.</param>
    /// <param name="mode">As the settings say it.</param>
    /// <param name="status">What the library says.</param>
    public static RemoteStatusView Of(string directory, RemoteMode mode, RemoteStatus status) => new()
    {
        Directory = directory,
        Mode = mode,
        Store = status.Store,
        Prefix = status.Prefix,
        ReadsRest = RemoteRestView.Of(status.ReadsRest),
        WritesRest = RemoteRestView.Of(status.WritesRest),
        KeepsConditions = status.KeepsConditions,
        BrokenCondition = status.BrokenCondition,
        OwedEntries = status.Statistics.OwedEntries,
        OwedBytes = status.Statistics.OwedBytes,
        OldestOwedSeconds = status.Statistics.OldestOwed.TotalSeconds,
    };
}
