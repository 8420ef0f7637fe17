namespace SmartCache.Simulation;

/// <summary>A job of a trace, to be done as fast as its worker can and not when the trace says.</summary>
internal sealed class SimulatedJob(string id)
{
    public string Id => id;

    public List<SimulatedAttempt> Attempts { get; } = [];

    /// <summary>The jobs of a trace in the order in which they began; what does not end in the trace ends with its last request.</summary>
    public static List<SimulatedJob> Of(Trace trace)
    {
        var jobs = new Dictionary<string, SimulatedJob>();
        var open = new Dictionary<string, List<CacheEvent>>();
        foreach (var e in trace.Events)
        {
            if (e.JobId is not { } id)
                continue;
            if (!jobs.TryGetValue(id, out var job))
                jobs.Add(id, job = new SimulatedJob(id));
            if (e.Kind == CacheEventKind.Requested)
            {
                if (!open.TryGetValue(id, out var requests))
                    open.Add(id, requests = []);
                requests.Add(e);
            }
            else if (e.Kind is CacheEventKind.RetryExpected or CacheEventKind.JobCompleted or CacheEventKind.JobAbandoned)
            {
                open.Remove(id, out var requests);
                job.Attempts.Add(new SimulatedAttempt(requests ?? [], e.Kind, (e.RetryAt - e.Time) ?? TimeSpan.Zero));
            }
        }

        return [.. jobs.Values.Where(static job => job.Attempts.Count > 0)];
    }
}
