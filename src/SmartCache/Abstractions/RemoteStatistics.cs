namespace SmartCache;

/// <summary>What the remote tier did since this process started, and what waits to be sent.</summary>
public sealed record RemoteStatistics
{
    /// <summary>Requests to the store, of whatever kind.</summary>
    public long Requests { get; init; }

    /// <summary>Sources that were fetched instead of downloaded.</summary>
    public long SourceHits { get; init; }

    /// <summary>Profiles that were fetched instead of encoded.</summary>
    public long ProfileHits { get; init; }

    /// <summary>Payload that came, in bytes.</summary>
    public long FetchedBytes { get; init; }

    /// <summary>Payload that went, in bytes.</summary>
    public long SentBytes { get; init; }

    /// <summary>Work that fetching spared, less the fetching.</summary>
    public TimeSpan SavedTime { get; init; }

    /// <summary>Entries that were to be sent and will not be.</summary>
    public long Dropped { get; init; }

    /// <summary>Objects that were proven wrong.</summary>
    public long Wrong { get; init; }

    /// <summary>Entries that wait to be sent, of all processes of the host.</summary>
    public int OwedEntries { get; init; }

    /// <summary>Their bytes.</summary>
    public long OwedBytes { get; init; }

    /// <summary>How long the oldest of them waits; zero where there is none.</summary>
    public TimeSpan OldestOwed { get; init; }

    /// <summary>Whether the store is not asked at the moment, because it failed.</summary>
    public bool ReadsRest { get; init; }

    /// <summary>Whether nothing is sent at the moment, because that failed.</summary>
    public bool WritesRest { get; init; }
}
