namespace SmartCache.Prefetch;

/// <summary>Which announced download is next: those of jobs in the order announced, then of retries, then by what they would spare for each byte.</summary>
internal sealed class PrefetchOrder : IComparer<PrefetchItem>
{
    public static PrefetchOrder Instance { get; } = new();

    public int Compare(PrefetchItem? x, PrefetchItem? y)
    {
        var byPriority = x!.Request.Priority.CompareTo(y!.Request.Priority);
        if (byPriority != 0)
        {
            return byPriority;
        }

        var byValue = x.Request.Priority == PrefetchPriority.Popular ? ValueOf(y).CompareTo(ValueOf(x)) : 0;
        return byValue != 0 ? byValue : x.Serial.CompareTo(y.Serial);
    }

    // The host's number, which may be anything.
    private static double ValueOf(PrefetchItem item) => item.Request.Weight is > 0 and < double.PositiveInfinity and var weight ? weight * item.Density : 0;
}
