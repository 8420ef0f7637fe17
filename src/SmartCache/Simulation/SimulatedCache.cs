using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging.Abstractions;
using SmartCache.Eviction;
using SmartCache.Jobs;

namespace SmartCache.Simulation;

/// <summary>A cache without contents: the library's own policy types over entries that are sizes and costs. Byte-bounded; an object larger than the cache goes past it.</summary>
internal sealed class SimulatedCache
{
    private static readonly TimeSpan MaxJobAge = TimeSpan.FromDays(7); // UploadStateMaxAge

    private readonly IReadOnlyDictionary<string, double>? _costNoise;
    private readonly long _lowWater;
    private readonly EvictionAdvisor _advisor;
    private readonly UnfinishedJobs _jobs;
    private readonly Dictionary<string, int> _index = [];
    private readonly Dictionary<string, long> _reserved = [];
    private readonly HashSet<string> _announced = [];
    private readonly Dictionary<string, EvictionCandidate> _known = [];
    private EvictionCandidate[] _entries = new EvictionCandidate[64];
    private long _used;

    public SimulatedCache(long capacity, IEvictionPolicy policy, bool protectsJobs, double lowWater = 1, IReadOnlyDictionary<string, double>? costNoise = null)
    {
        (Capacity, _costNoise, _lowWater) = (capacity, costNoise, (long)(capacity * lowWater));
        _advisor = new EvictionAdvisor(policy, protectsJobs ? JobProtection.Default : JobProtection.Off, NullLogger.Instance);
        _jobs = new UnfinishedJobs(MaxJobAge, told => _advisor.Observe(told));
    }

    public long Capacity { get; }

    public int Evictions { get; private set; }

    public bool Contains(string key) => _index.ContainsKey(key);

    public void Observe(in CacheEvent e) => _jobs.Observe(e);

    /// <summary>Something was asked for, and the policy was told: a hit, or it is stored.</summary>
    /// <returns>Whether it was there, and whether it is now.</returns>
    public (bool Hit, bool Stored) Request(in CacheEvent e)
    {
        _announced.Remove(e.Key!);
        if (!_index.TryGetValue(e.Key!, out var at))
        {
            return (false, TryStore(e));
        }

        _entries[at] = _entries[at] with { LastAccess = e.Time };
        return (true, true);
    }

    public bool TryStore(in CacheEvent e)
    {
        var newcomer = Newcomer(e);
        if (!_reserved.Remove(newcomer.Key, out var reserved) && (e.Size > Capacity || !MakeRoom(newcomer)))
        {
            return false;
        }

        if (_index.Count == _entries.Length)
            Array.Resize(ref _entries, 2 * _entries.Length);
        _entries[_index.Count] = newcomer;
        _index.Add(newcomer.Key, _index.Count);
        _used += e.Size - reserved;
        _jobs.Observe(e with { Kind = CacheEventKind.Published, CostSeconds = newcomer.CostSeconds });
        return true;
    }

    /// <summary>
    /// Takes room for what nobody has asked for yet: empty space, and what is free. Whatever an unfinished job needs stays, be the job silent or not. What is fetched then
    /// belongs to the job that was announced, until that asks for it or <see cref="Forsake"/> says that it will not.
    /// </summary>
    public bool TryReserve(in CacheEvent e)
    {
        var missing = _used + e.Size - Capacity;
        if (missing > 0)
        {
            var plan = Plan(Newcomer(e));
            var victims = new List<(Victim Victim, EvictionCandidate Entry)>();
            while (missing > 0 && plan.TryNext(out var victim, out var entry, ProtectionLevel.Free))
            {
                victims.Add((victim, entry));
                missing -= entry.Size;
            }

            if (missing > 0)
            {
                return false;
            }

            foreach (var (victim, entry) in victims)
            {
                plan.ReportRemoved(victim);
                Remove(entry.Key);
            }
        }

        _used += e.Size;
        _reserved.Add(e.Key!, e.Size);
        _announced.Add(e.Key!);
        return true;
    }

    /// <summary>The announced job will not come: what was fetched for it is free, and what is not there yet gives its room back.</summary>
    public void Forsake(string key)
    {
        _announced.Remove(key);
        if (_reserved.Remove(key, out var bytes))
        {
            _used -= bytes;
        }
    }

    /// <summary>The entries, what would go last first.</summary>
    public List<EvictionCandidate> BestFirst(DateTimeOffset now)
    {
        EvictionCandidate[] candidates = [.. _entries.AsSpan(0, _index.Count)];
        _jobs.Annotate(candidates, now);
        var plan = _advisor.Plan(candidates, now);
        var order = new List<EvictionCandidate>();
        while (plan.TryNext(out _, out var entry))
            order.Add(entry);
        order.Reverse();
        return order;
    }

    /// <summary>All entries are lost; what the policy knows and which jobs are unfinished is not.</summary>
    public void Wipe()
    {
        _index.Clear();
        Array.Clear(_entries);
        _used = 0;
    }

    private EvictionCandidate Newcomer(in CacheEvent e)
    {
        // A key's hashes cost more than all else here, and a replay asks for the same few keys many times.
        ref var known = ref CollectionsMarshal.GetValueRefOrAddDefault(_known, e.Key!, out var isKnown);
        if (!isKnown)
            known = new() { Key = e.Key!, Size = e.Size, Created = e.Time, LastAccess = e.Time };
        return known with
        {
            Kind = e.EntryKind,
            Size = e.Size,
            CostSeconds = e.CostSeconds * (_costNoise?.GetValueOrDefault(e.Key!, 1) ?? 1),
            Created = e.Time,
            LastAccess = e.Time,
        };
    }

    private EvictionPlan Plan(in EvictionCandidate newcomer)
    {
        EvictionCandidate[] candidates = [.. _entries.AsSpan(0, _index.Count)];
        EvictionCandidate[] wanting = [newcomer];
        if (_announced.Count > 0)
        {
            for (var i = 0; i < candidates.Length; i++)
            {
                if (_announced.Contains(candidates[i].Key))
                    candidates[i] = candidates[i] with { UnfinishedJobs = 1, ProtectedUntil = newcomer.Created + JobProtection.Default.Period };
            }
        }

        _jobs.Annotate(candidates, newcomer.Created);
        _jobs.Annotate(wanting, newcomer.Created);
        return _advisor.Plan(candidates, newcomer.Created, wanting[0]);
    }

    private bool MakeRoom(in EvictionCandidate newcomer)
    {
        var missing = _used + newcomer.Size - Capacity;
        if (missing <= 0)
            return true;
        var plan = Plan(newcomer);
        if (!plan.Admits(missing))
            return false;
        var victims = new List<string>();
        bool Take(EvictionCandidate victim)
        {
            victims.Add(victim.Key);
            return true;
        }

        plan.Free(missing, Take);
        plan.Free(Capacity - _lowWater, Take, ProtectionLevel.Free);
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
        Evictions++;
    }
}
