namespace SmartCache.Eviction;

/// <summary>Least recently used first.</summary>
internal sealed class LruPolicy : IEvictionPolicy
{
    public string Name => "LRU";

    public void Rank(ReadOnlySpan<EvictionCandidate> candidates, DateTimeOffset now, Span<double> ranks)
    {
        for (var i = 0; i < candidates.Length; i++)
            ranks[i] = RankTime.SecondsOf(candidates[i].LastAccess);
    }
}
