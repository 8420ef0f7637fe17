namespace SmartCache.Simulation;

/// <summary>What goes wrong in practice: ends of jobs that nobody reports, and costs measured wrongly.</summary>
internal static class Disturbance
{
    /// <summary>The trace without this share of the events that end a job.</summary>
    public static Trace DropFinished(Trace trace, double share, int seed)
    {
        var random = new Random(seed);
        return new Trace(
            trace.Name,
            trace.Events.Where(e =>
                e.Kind is not (CacheEventKind.JobCompleted or CacheEventKind.JobAbandoned) || random.NextDouble() >= share));
    }

    /// <summary>What each key's cost is multiplied by when the policy is told of it: log-normal with this deviation, always the same for a key.</summary>
    public static IReadOnlyDictionary<string, double> CostNoise(Trace trace, double deviation, int seed)
    {
        var random = new Random(seed);
        var factors = new Dictionary<string, double>();
        foreach (var e in trace.Events)
        {
            if (e.Key is not null && !factors.ContainsKey(e.Key))
                factors.Add(e.Key, Math.Exp(deviation * Gauss(random)));
        }

        return factors;
    }

    private static double Gauss(Random random) =>
        Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
}
