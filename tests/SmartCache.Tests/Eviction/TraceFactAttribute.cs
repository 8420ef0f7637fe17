namespace SmartCache.Tests.Eviction;

/// <summary>A test that replays a recorded workload, skipped where there is none.</summary>
public sealed class TraceFactAttribute : FactAttribute
{
    public TraceFactAttribute(params string[] traces)
    {
        Traces = traces;
        var missing = traces.FirstOrDefault(trace => TraceFile.Find(trace) is null);
        if (traces.Any(trace => trace.EndsWith(".py", StringComparison.Ordinal)) && !GeneratedTrace.IsPossible)
            Skip = "There is no python3 to generate workloads with.";
        if (traces.Any(trace => trace.EndsWith(".xz", StringComparison.Ordinal)) && !GeneratedTrace.OnPath("xz"))
            Skip = "There is no xz to read the traces with.";
        if (missing is not null)
            Skip = $"The trace {missing} is in no shared/traces above the tests, nor in the directory that SMARTCACHE_TRACES names.";
    }

    public IReadOnlyList<string> Traces { get; }
}
