using System.Runtime.ExceptionServices;

namespace SmartCache.Storage;

/// <summary>For work on many things of which one that cannot be done keeps none of the others: the first fault is told at the end.</summary>
internal sealed class FirstFault
{
    private ExceptionDispatchInfo? _first;

    public void Note(Exception exception) => _first ??= ExceptionDispatchInfo.Capture(exception);

    /// <summary>Throws what was noted first, if anything was.</summary>
    public void Throw() => _first?.Throw();
}
