using System.Text.Json;

namespace SmartCache.Eviction;

/// <summary>
/// What is cheapest to make again, per byte, goes first. A protected entry will be asked for again if its job fails, which is
/// about equally likely for all: it counts with its whole density (rebuild seconds per byte) above an ageing value. A free one
/// counts with its density times how often it is expected back: the finished jobs that used it beyond the first one, plus
/// what is learned of the rate at which entries of its kind return at all.
/// </summary>
internal sealed class CostPolicy : IEvictionPolicy
{
    private readonly AgeingLevel _level = new();
    private readonly FinishedUseTable _uses = new();
    private readonly CostDensity _density = new();

    public string Name => "COST";

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
                : (Math.Max(0, _uses.JobsOf(candidate.KeyHash) - 1) + _uses.ReturnRateOf(candidate.Kind)) * density;
        }
    }

    public void Observe(in CacheEvent cacheEvent)
    {
        if (cacheEvent is { Kind: CacheEventKind.Evicted, WasProtected: true })
            _level.RaiseTo(cacheEvent.Rank, cacheEvent.Time);
        else
            _uses.Observe(cacheEvent);
    }

    public JsonElement? SaveState() =>
        JsonSerializer.SerializeToElement(
            new CostPolicyState { Ageing = [.. _level.Steps], Uses = _uses.Save() },
            EvictionJson.Default.CostPolicyState);

    public void LoadState(JsonElement state)
    {
        if (state.Deserialize(EvictionJson.Default.CostPolicyState) is not { } saved)
            return;
        _level.Load(saved.Ageing ?? []);
        if (saved.Uses is { } uses)
            _uses.Load(uses);
    }
}
