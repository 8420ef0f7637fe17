namespace SmartCache.Simulation;

/// <summary>Requests and hits by objects, bytes and rebuild seconds.</summary>
internal sealed class HitCounts
{
    public long Gets { get; private set; }

    public long Hits { get; private set; }

    public long Bytes { get; private set; }

    public long HitBytes { get; private set; }

    public double Seconds { get; private set; }

    public double HitSeconds { get; private set; }

    public double ByObjects => Ratio(Hits, Gets);

    public double ByBytes => Ratio(HitBytes, Bytes);

    /// <summary>The cost hit ratio: rebuild seconds avoided, of those of a worker without a cache.</summary>
    public double ByCost => Ratio(HitSeconds, Seconds);

    public void Add(in CacheEvent request, bool hit)
    {
        var seconds = request.CostSeconds ?? 0;
        Gets++;
        Bytes += request.Size;
        Seconds += seconds;
        if (!hit)
            return;
        Hits++;
        HitBytes += request.Size;
        HitSeconds += seconds;
    }

    private static double Ratio(double part, double whole) => whole > 0 ? part / whole : 0;
}
