using SmartCache.Abstractions;
using SmartCache.Storage.Platform;

namespace SmartCache.Layers;

/// <summary>One operation behind the <see cref="CacheBoundary"/>.</summary>
/// <param name="name">Its name, for the log.</param>
/// <param name="work">What it does.</param>
internal sealed class BoundaryOperation(string name, Func<OperationPulse, object?> work)
{
    public string Name => name;

    public Func<OperationPulse, object?> Work => work;

    /// <summary>What stands for a result where there is none, if <see cref="Explain"/> does not make one of the reason.</summary>
    public object? Fallback { get; init; }

    public Func<Reason, object?>? Explain { get; init; }

    public IProgress<StageProgress>? Progress { get; init; }

    /// <summary>Whether the caller blocks its thread.</summary>
    public bool Blocks { get; init; }

    /// <summary>What is being done: opening the layer at first.</summary>
    public string Step { get; set; } = FaultLog.Opening;

    public object? Otherwise(Reason why) => Explain is null ? Fallback : Explain(why);
}
