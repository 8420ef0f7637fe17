using System.Collections.Concurrent;

namespace SmartCache.Tests.Support;

/// <summary>Keeps the phases that were reported, and lets a test wait for one.</summary>
internal sealed class ProgressSignal(string phase) : IProgress<StageProgress>
{
    private readonly TaskCompletionSource _seen = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ConcurrentQueue<string> _phases = new();

    public IReadOnlyCollection<string> Phases => _phases;

    public Task Seen => _seen.Task.Guarded();

    public void Report(StageProgress value)
    {
        _phases.Enqueue(value.Phase);
        if (value.Phase == phase)
        {
            _seen.TrySetResult();
        }
    }
}
