using Microsoft.Extensions.Logging.Abstractions;
using SmartCache.Eviction;
using SmartCache.Jobs;

namespace SmartCache.Simulation;

/// <summary>
/// A cache without contents, driven request by request through the library's own policy types. Byte-bounded, filled on
/// demand, the cold start counts, an object larger than the cache goes past it.
/// </summary>
internal sealed class Replay
{
    private static readonly TimeSpan MaxJobAge = TimeSpan.FromDays(7); // UploadStateMaxAge

    private readonly Trace _trace;
    private readonly IReadOnlyDictionary<string, double>? _costNoise;
    private readonly long _lowWater;
    private readonly EvictionAdvisor _advisor;
    private readonly UnfinishedJobs _jobs;
    private readonly ReplayResult _result;
    private readonly Dictionary<string, int> _index = [];
    private readonly HashSet<(string, string)> _asked = [];
    private EvictionCandidate[] _entries = new EvictionCandidate[64];
    private long _used;

    private Replay(Trace trace, long capacity, SimulatedPolicy policy, IEvictionPolicy instance, double lowWater, IReadOnlyDictionary<string, double>? costNoise)
    {
        (_trace, _costNoise) = (trace, costNoise);
        _lowWater = (long)(capacity * lowWater);
        _result = new ReplayResult(trace.Name, capacity, policy.Name);
        _advisor = new EvictionAdvisor(instance, policy.ProtectsJobs ? JobProtection.Default : JobProtection.Off, NullLogger.Instance);
        _jobs = new UnfinishedJobs(MaxJobAge, told => _advisor.Observe(told));
    }

    /// <param name="trace">The workload.</param>
    /// <param name="capacity">Bytes that the cache holds.</param>
    /// <param name="policy">The policy.</param>
    /// <param name="lowWater">The share of the capacity down to which an eviction goes on; 1 = only as far as needed.</param>
    /// <param name="costNoise">By key, what the policy is told the cost is multiplied by.</param>
    public static ReplayResult Run(
        Trace trace, long capacity, SimulatedPolicy policy, double lowWater = 1, IReadOnlyDictionary<string, double>? costNoise = null) =>
        new Replay(trace, capacity, policy, policy.Make(), lowWater, costNoise).Run();

    /// <summary>The same with a policy of one's own.</summary>
    public static ReplayResult Run(Trace trace, long capacity, IEvictionPolicy policy, bool protectsJobs, double lowWater = 1) =>
        new Replay(trace, capacity, new SimulatedPolicy(policy.Name, policy.Name, protectsJobs), policy, lowWater, null).Run();

    private ReplayResult Run()
    {
        foreach (var e in _trace.Events)
        {
            _jobs.Observe(e);
            if (e is { Kind: CacheEventKind.Requested, Key: { } key })
                Request(e, key);
        }

        return _result;
    }

    private void Request(in CacheEvent e, string key)
    {
        var hit = _index.TryGetValue(key, out var at);
        _result.All.Add(e, hit);
        if (e.JobId is { } job && !_asked.Add((job, key)))
            _result.Retries.Add(e, hit);
        if (hit)
            _entries[at] = _entries[at] with { LastAccess = e.Time };
        else
            Store(e, key);
    }

    private void Store(in CacheEvent e, string key)
    {
        var newcomer = new EvictionCandidate
        {
            Key = key,
            Kind = e.EntryKind,
            Size = e.Size,
            CostSeconds = e.CostSeconds * (_costNoise?.GetValueOrDefault(key, 1) ?? 1),
            Created = e.Time,
            LastAccess = e.Time,
        };
        if (e.Size > _result.Capacity || !MakeRoom(newcomer))
        {
            _result.Bypassed++;
            return;
        }

        if (_index.Count == _entries.Length)
            Array.Resize(ref _entries, 2 * _entries.Length);
        _entries[_index.Count] = newcomer;
        _index.Add(key, _index.Count);
        _used += e.Size;
        _jobs.Observe(e with { Kind = CacheEventKind.Published, CostSeconds = newcomer.CostSeconds });
    }

    private bool MakeRoom(in EvictionCandidate newcomer)
    {
        var missing = _used + newcomer.Size - _result.Capacity;
        if (missing <= 0)
            return true;
        EvictionCandidate[] candidates = [.. _entries.AsSpan(0, _index.Count)];
        EvictionCandidate[] wanting = [newcomer];
        _jobs.Annotate(candidates, newcomer.Created);
        _jobs.Annotate(wanting, newcomer.Created);
        var plan = _advisor.Plan(candidates, newcomer.Created, wanting[0]);
        if (!plan.Admits(missing))
            return false;
        var victims = new List<string>();
        bool Take(EvictionCandidate victim)
        {
            victims.Add(victim.Key);
            return true;
        }

        plan.Free(missing, Take);
        plan.Free(_result.Capacity - _lowWater, Take, ProtectionLevel.Free);
        foreach (var victim in victims)
            Remove(victim);
        return true;
    }

    private void Remove(string key)
    {
        _index.Remove(key, out var at);
        _used -= _entries[at].Size;
        var last = _index.Count;
        if (at != last)
        {
            _entries[at] = _entries[last];
            _index[_entries[at].Key] = at;
        }

        _entries[last] = default;
        _result.Evictions++;
    }
}
