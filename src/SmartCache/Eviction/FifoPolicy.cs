namespace SmartCache.Eviction;

/// <summary>Stored longest ago first, however often it was used since.</summary>
internal sealed class FifoPolicy : IEvictionPolicy
{
    public string Name => "FIFO";

    public void Rank(ReadOnlySpan<EvictionCandidate> candidates, DateTimeOffset now, Span<double> ranks)
    {
        for (var i = 0; i < candidates.Length; i++)
            ranks[i] = RankTime.SecondsOf(candidates[i].Created);
    }
}
