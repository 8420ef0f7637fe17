namespace SmartCache.Simulation;

/// <summary>What one policy did with one trace in a cache of one size.</summary>
internal sealed record ReplayResult(string Trace, long Capacity, string Policy)
{
    public HitCounts All { get; } = new();

    /// <summary>Requests of a job for what it had asked for before.</summary>
    public HitCounts Retries { get; } = new();

    public long Evictions { get; set; }

    /// <summary>Not stored: larger than the cache, or not worth its place.</summary>
    public long Bypassed { get; set; }
}
