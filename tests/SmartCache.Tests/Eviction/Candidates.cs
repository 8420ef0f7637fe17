namespace SmartCache.Tests.Eviction;

/// <summary>Short ways to write down entries and events; times are hours since a fixed day.</summary>
internal static class Candidates
{
    public static readonly DateTimeOffset Start = new(2026, 3, 1, 0, 0, 0, TimeSpan.Zero);

    public static DateTimeOffset At(double hours) => Start.AddHours(hours);

    public static EvictionCandidate Entry(
        string key, long size = 1_000_000_000, double? cost = 100, double created = 0, double accessed = 0, int jobs = 0, EntryKind kind = EntryKind.Profile) =>
        new()
        {
            Key = key,
            Kind = kind,
            Size = size,
            CostSeconds = cost,
            Created = At(created),
            LastAccess = At(accessed),
            UnfinishedJobs = jobs,
        };

    public static CacheEvent Request(string key, string? job, double hours, EntryKind kind = EntryKind.Profile) =>
        new(CacheEventKind.Requested, At(hours)) { Key = key, JobId = job, EntryKind = kind };

    public static CacheEvent Job(CacheEventKind kind, string job, double hours, double? retryAt = null) =>
        new(kind, At(hours)) { JobId = job, RetryAt = retryAt is { } retry ? At(retry) : null };
}
