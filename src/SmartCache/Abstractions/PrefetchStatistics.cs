namespace SmartCache;

/// <summary>What was fetched ahead of its jobs.</summary>
/// <remarks>
/// Of this process, but for <see cref="WaitingEntries"/> and <see cref="WaitingBytes"/>, which are of the directory. Over all processes of a cache,
/// used, wasted and waiting bytes are together the fetched ones.
/// </remarks>
public sealed record PrefetchStatistics
{
    /// <summary>Requests that were the first to ask for what had been fetched ahead; they are not among the <see cref="LayerStatistics.Hits"/>.</summary>
    public long Hits { get; init; }

    /// <summary>Bytes that were fetched ahead and stored.</summary>
    public long FetchedBytes { get; init; }

    /// <summary>The part of them that a job has asked for.</summary>
    public long UsedBytes { get; init; }

    /// <summary>The part of them that went without that.</summary>
    public long WastedBytes { get; init; }

    /// <summary>Entries that were fetched ahead and wait to be asked for.</summary>
    public int WaitingEntries { get; init; }

    /// <summary>Bytes of these.</summary>
    public long WaitingBytes { get; init; }

    /// <summary>Seconds of download that lay before the requests that needed them.</summary>
    public TimeSpan HiddenTime { get; init; }

    /// <summary>How long downloads that had begun stood still for jobs.</summary>
    public TimeSpan PausedTime { get; init; }

    /// <summary>Downloads that would have been made, were the mode not <c>Observe</c>.</summary>
    public long Observed { get; init; }
}
