namespace SmartCache.Tests.Eviction;

/// <summary>As <see cref="TraceFactAttribute"/>, with rows.</summary>
public sealed class TraceTheoryAttribute : TheoryAttribute
{
    public TraceTheoryAttribute(params string[] traces)
    {
        Traces = traces;
        Skip = new TraceFactAttribute(traces).Skip;
    }

    public IReadOnlyList<string> Traces { get; }
}
