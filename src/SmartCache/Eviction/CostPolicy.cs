using System.Text.Json;

namespace SmartCache.Eviction;

/// <summary>
/// What is cheapest to make again, per byte, goes first. A protected entry will be asked for again if its job fails, which is
/// about equally likely for all: it counts with its whole density (rebuild seconds per byte) above an ageing value. A free one
/// counts with its density times the rate at which it is expected back: the jobs of its video beyond the first one, plus what is learned of how often entries of
/// its kind return at all, over the time since the video was first asked for.
/// </summary>
internal sealed class CostPolicy : IEvictionPolicy
{
    // Of the jobs of a video each asks for its source, and about every other one for a certain profile of it.
    private const double SourceWeight = 1, ProfileWeight = 0.5;

    // In days: else a video would be expected back at once when it was asked for for the first time.
    private const double YoungestAge = 0.5;

    private readonly AgeingLevel _level = new();
    private readonly FinishedUseTable _uses = new();
    private readonly VideoUseTable _videos = new();
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
                : ReturnsPerDay(candidate, now) * density;
        }
    }

    // Of a video that is not known the time of the entry is: it was forgotten, or no job has asked for it.
    private double ReturnsPerDay(in EvictionCandidate candidate, DateTimeOffset now)
    {
        var video = _videos.Of(candidate.VideoHash);
        var weight = candidate.Kind == EntryKind.Source ? SourceWeight : ProfileWeight;
        var others = weight * Math.Max(0, (video?.Jobs ?? 0) - 1);
        var age = Math.Max(0, (now - (video?.First ?? candidate.Created)).TotalDays);
        return (others + _uses.ReturnRateOf(candidate.Kind)) / (YoungestAge + age);
    }

    public void Observe(in CacheEvent cacheEvent)
    {
        if (cacheEvent is { Kind: CacheEventKind.Evicted, WasProtected: true })
            _level.RaiseTo(cacheEvent.Rank, cacheEvent.Time);
        else
            _uses.Observe(cacheEvent);
        _videos.Observe(cacheEvent);
    }

    public JsonElement? SaveState() =>
        JsonSerializer.SerializeToElement(
            new CostPolicyState { Ageing = [.. _level.Steps], Uses = _uses.Save(), Videos = _videos.Save() },
            EvictionJson.Default.CostPolicyState);

    public void LoadState(JsonElement state)
    {
        if (state.Deserialize(EvictionJson.Default.CostPolicyState) is not { } saved)
            return;
        _level.Load(saved.Ageing ?? []);
        if (saved.Uses is { } uses)
            _uses.Load(uses);
        if (saved.Videos is { } videos)
            _videos.Load(videos);
    }
}
