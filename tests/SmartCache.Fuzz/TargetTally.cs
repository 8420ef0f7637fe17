using System.Diagnostics;

namespace SmartCache.Fuzz;

/// <summary>One target's part of a run.</summary>
internal sealed class TargetTally(IFuzzTarget target)
{
    public IFuzzTarget Target { get; } = target;

    public long Cases { get; set; }

    public Stopwatch Time { get; } = new();

    public TimeSpan Longest { get; set; }

    public long MostAllocated { get; set; }
}
