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
    /// <param name="cache">Empty.</param>
    /// <param name="policy">The name of its policy.</param>
    public static ReplayResult Run(Trace trace, SimulatedCache cache, string policy) => new Replay(trace, cache, policy).Run();

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
