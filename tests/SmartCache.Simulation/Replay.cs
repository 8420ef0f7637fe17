namespace SmartCache.Simulation;

/// <summary>A workload, request by request, against a <see cref="SimulatedCache"/> that is filled on demand. The cold start counts.</summary>
internal sealed class Replay
{
    private readonly Trace _trace;
    private readonly SimulatedCache _cache;
    private readonly ReplayResult _result;
    private readonly HashSet<(string, string)> _asked = [];

    private Replay(Trace trace, SimulatedCache cache, string policy)
    {
        (_trace, _cache) = (trace, cache);
        _result = new ReplayResult(trace.Name, cache.Capacity, policy);
    }

    /// <param name="trace">The workload.</param>
    /// <param name="capacity">Bytes that the cache holds.</param>
    /// <param name="policy">The policy.</param>
    /// <param name="lowWater">The share of the capacity down to which an eviction goes on; 1 = only as far as needed.</param>
    /// <param name="costNoise">By key, what the policy is told the cost is multiplied by.</param>
    public static ReplayResult Run(
        Trace trace, long capacity, SimulatedPolicy policy, double lowWater = 1, IReadOnlyDictionary<string, double>? costNoise = null) =>
        new Replay(trace, new SimulatedCache(capacity, policy.Make(), policy.ProtectsJobs, lowWater, costNoise), policy.Name).Run();

    /// <summary>The same with a policy of one's own.</summary>
    public static ReplayResult Run(Trace trace, long capacity, IEvictionPolicy policy, bool protectsJobs) =>
        new Replay(trace, new SimulatedCache(capacity, policy, protectsJobs), policy.Name).Run();

    private ReplayResult Run()
    {
        foreach (var e in _trace.Events)
        {
            _cache.Observe(e);
            if (e is { Kind: CacheEventKind.Requested, Key: { } key })
                Request(e, key);
        }

        _result.Evictions = _cache.Evictions;
        return _result;
    }

    private void Request(in CacheEvent e, string key)
    {
        var (hit, stored) = _cache.Request(e);
        _result.All.Add(e, hit);
        if (e.JobId is { } job && !_asked.Add((job, key)))
            _result.Retries.Add(e, hit);
        if (!stored)
            _result.Bypassed++;
    }
}
