namespace SmartCache.Simulation;

/// <summary>What a cache's history says of a workload.</summary>
internal static class HistoryTrace
{
    /// <summary>16 TiB: no entry is so large, and a sum of such lines must not overflow.</summary>
    private const long MaxSize = 1L << 44;

    public static Trace Of(string name, IEnumerable<HistoryEvent> history) => new(name, history.Select(EventOf).OfType<CacheEvent>());

    // What the replay decides itself is left out.
    private static CacheEvent? EventOf(HistoryEvent e) => e switch
    {
        { Kind: HistoryEventKind.Used, Entry: not null } => new CacheEvent(CacheEventKind.Requested, e.Time)
        {
            Key = e.Entry,
            EntryKind = e.Layer == "sources" ? EntryKind.Source : EntryKind.Profile,
            Size = Math.Min(e.Bytes ?? 0, MaxSize),
            CostSeconds = e.Cost?.TotalSeconds,
            JobId = e.Job,
        },
        { Kind: HistoryEventKind.JobStarted } => OfJob(CacheEventKind.JobStarted, e),
        { Kind: HistoryEventKind.RetryExpected } => OfJob(CacheEventKind.RetryExpected, e) with { RetryAt = e.Time + e.Duration },
        { Kind: HistoryEventKind.JobCompleted } => OfJob(CacheEventKind.JobCompleted, e),
        { Kind: HistoryEventKind.JobAbandoned } => OfJob(CacheEventKind.JobAbandoned, e),
        _ => null,
    };

    private static CacheEvent OfJob(CacheEventKind kind, HistoryEvent e) => new(kind, e.Time) { JobId = e.Job };
}
