namespace SmartCache.Tool.Views;

/// <summary>What a pool shares with this host, in <c>stats --json</c> and <c>report --json</c>. What was moved and served is what the history covers, of all workers.</summary>
internal sealed record RemoteTierView
{
    /// <summary><see langword="null"/> where no settings of this cache are known.</summary>
    public required RemoteMode? Mode { get; init; }

    /// <summary><see langword="null"/> where jobs ask the store.</summary>
    public required RemoteRestView? ReadsRest { get; init; }

    /// <summary><see langword="null"/> where entries are sent.</summary>
    public required RemoteRestView? WritesRest { get; init; }

    public required int OwedEntries { get; init; }

    public required long OwedBytes { get; init; }

    public required double OldestOwedSeconds { get; init; }

    public required int DroppedEntries { get; init; }

    public required int SentEntries { get; init; }

    public required long SentBytes { get; init; }

    public required int SourceHits { get; init; }

    public required int ProfileHits { get; init; }

    public required long FetchedBytes { get; init; }

    public required double SavedSeconds { get; init; }
}
