using SmartCache.Configuration;

namespace SmartCache.Simulation;

/// <summary>How a <see cref="ClosedLoop"/> works.</summary>
internal sealed record ClosedLoopOptions(long Capacity, SimulatedPolicy Policy)
{
    /// <summary>Sources of so many queued jobs are fetched ahead; 0 = none.</summary>
    public int Ahead { get; init; }

    /// <summary>Downloads ahead at a time.</summary>
    public int Parallel { get; init; } = 1;

    /// <summary>Jobs at a time.</summary>
    public int Workers { get; init; } = 1;

    /// <summary>What encodes take, of what the trace says; 0.15 is about a hardware encoder.</summary>
    public double EncodeScale { get; init; } = 1;

    /// <summary>For which transfers of jobs downloads ahead wait.</summary>
    public DuringTransfers DuringTransfers { get; init; }

    /// <summary>The share of the cache that may be fetched and not asked for.</summary>
    public double MaxShare { get; init; } = 0.2;

    /// <summary>The share of announced jobs that another worker takes.</summary>
    public double Vanish { get; init; } = 0.03;

    /// <summary>Jobs of the trace; as many are enough for the figures to settle.</summary>
    public int Jobs { get; init; } = 600;
}
