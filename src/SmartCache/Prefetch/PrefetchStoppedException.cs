namespace SmartCache.Prefetch;

/// <summary>The download was ended by what watches it.</summary>
/// <param name="end">What that comes to.</param>
internal sealed class PrefetchStoppedException(PrefetchEnd end) : Exception(end.Details)
{
    public PrefetchEnd End => end;
}
