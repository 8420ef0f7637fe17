namespace SmartCache;

/// <summary>What one process knows of the remote tier without a look at its disk or its store.</summary>
public sealed record RemoteState
{
    /// <summary>Whether jobs do not ask the store at the moment, because it failed.</summary>
    public bool ReadsRest { get; init; }

    /// <summary>Whether nothing is sent at the moment, because that failed.</summary>
    public bool WritesRest { get; init; }

    /// <summary>Entries that wait to be sent, of all processes of the host, as this process last saw: at each attempt, so at least once in <c>RestTime</c> while there are some.</summary>
    public int OwedEntries { get; init; }

    /// <summary>How long the oldest of them waits; zero where there is none.</summary>
    public TimeSpan OldestOwed { get; init; }

    /// <summary>Entries that were to be sent and will not be, since the process started.</summary>
    public long Dropped { get; init; }
}
