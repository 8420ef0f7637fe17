using SmartCache.Eviction;

namespace SmartCache.Simulation;

/// <summary>
/// <c>COST</c> as it was before it counted the jobs of videos: a free entry by the finished jobs that used the entry itself. For comparison only.
/// </summary>
internal sealed class EntryCostPolicy : IEvictionPolicy
{
    private readonly AgeingLevel _level = new();
    private readonly FinishedUseTable _uses = new();
    private readonly CostDensity _density = new();
    private readonly HalvingClock _halving = new();
    private readonly Dictionary<ulong, double> _jobs = [];

    public string Name => "COST-entry";

    public bool RanksProtected => true;

    public void Rank(ReadOnlySpan<EvictionCandidate> candidates, DateTimeOffset now, Span<double> ranks)
    {
        _density.Learn(candidates);
        for (var i = 0; i < candidates.Length; i++)
        {
            ref readonly var candidate = ref candidates[i];
            var density = _density.Of(candidate);
            ranks[i] = candidate.IsProtected
                ? _level.At(candidate.LastAccess) + density
                : (Math.Max(0, _jobs.GetValueOrDefault(candidate.KeyHash) - 1) + _uses.ReturnRateOf(candidate.Kind)) * density;
        }
    }

    public void Observe(in CacheEvent cacheEvent)
    {
        if (_halving.FactorAt(cacheEvent.Time) is { } factor)
        {
            foreach (var key in _jobs.Keys.ToList())
                _jobs[key] *= factor;
        }

        if (cacheEvent is { Kind: CacheEventKind.Evicted, WasProtected: true })
            _level.RaiseTo(cacheEvent.Rank, cacheEvent.Time);
        else
            _uses.Observe(cacheEvent);
        if (cacheEvent is { Kind: CacheEventKind.EntryReleased, JobFinished: true })
            _jobs[cacheEvent.KeyHash] = _jobs.GetValueOrDefault(cacheEvent.KeyHash) + 1;
    }
}
