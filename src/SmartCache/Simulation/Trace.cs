namespace SmartCache.Simulation;

/// <summary>A workload to replay: events at strictly rising times, so that the order of access has no ties.</summary>
internal sealed class Trace
{
    // A rank in seconds since 1970 is a double, which tells 0.3 µs apart.
    private static readonly TimeSpan SmallestStep = TimeSpan.FromMicroseconds(1);

    public Trace(string name, IEnumerable<CacheEvent> events)
    {
        Name = name;
        var ordered = events.OrderBy(e => e.Time).ToArray(); // Stable: equal times keep their order.
        for (var i = 1; i < ordered.Length; i++)
        {
            var earliest = ordered[i - 1].Time + SmallestStep;
            if (ordered[i].Time < earliest)
                ordered[i] = ordered[i] with { Time = earliest };
        }

        Events = ordered;
    }

    public string Name { get; }

    public IReadOnlyList<CacheEvent> Events { get; }

    /// <summary>Lines of the file that were no event.</summary>
    public int SkippedLines { get; init; }

    public bool HasJobs => Events.Any(e => e.JobId is not null);

    /// <summary>Bytes of all different objects together: a cache of this size evicts nothing.</summary>
    public long Footprint => Events.Where(e => e.Kind == CacheEventKind.Requested).GroupBy(e => e.Key).Sum(group => group.First().Size);
}
