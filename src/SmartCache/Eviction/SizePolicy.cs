namespace SmartCache.Eviction;

/// <summary>Largest first.</summary>
internal sealed class SizePolicy : IEvictionPolicy
{
    public string Name => "SIZE";

    public void Rank(ReadOnlySpan<EvictionCandidate> candidates, DateTimeOffset now, Span<double> ranks)
    {
        for (var i = 0; i < candidates.Length; i++)
            ranks[i] = -candidates[i].Size;
    }
}
