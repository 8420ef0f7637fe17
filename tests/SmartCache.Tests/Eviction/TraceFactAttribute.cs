namespace SmartCache.Tests.Eviction;

/// <summary>A test that replays a recorded workload, skipped where there is none.</summary>
public sealed class TraceFactAttribute : FactAttribute
{
    public TraceFactAttribute(params string[] traces)
    {
        Traces = traces;
        var missing = traces.FirstOrDefault(trace => TraceFile.Find(trace) is null);
        if (missing is not null)
            Skip = $"The trace {missing} is in no shared/traces above the tests, nor in the directory that SMARTCACHE_TRACES names.";
    }

    public IReadOnlyList<string> Traces { get; }
}
