namespace SmartCache.HealthChecks;

/// <summary>
/// States of the cache at earlier questions, to tell what came to its counts since. The newest is kept, and of the others at most one in each twelfth of a window, at whatever
/// rate it is asked. So what a window holds may be up to a twelfth older than that. Thread-safe.
/// </summary>
internal sealed class StateSamples
{
    private const int PerWindow = 12;

    private readonly Lock _gate = new();
    private readonly LinkedList<(TimeSpan At, CacheState State)> _kept = [];

    /// <summary>Takes a state in, and gives the one that the window begins with; <see langword="null"/> where it begins with the process.</summary>
    /// <param name="at">The time by a clock that nobody sets.</param>
    /// <param name="state">The state.</param>
    /// <param name="window">How long the window is.</param>
    public CacheState? Take(TimeSpan at, CacheState state, TimeSpan window)
    {
        lock (_gate)
        {
            // All but the newest of those that are older than the window.
            while (_kept.First?.Next is { } second && at - second.Value.At >= window)
            {
                _kept.RemoveFirst();
            }

            var first = _kept.First is { } oldest && at - oldest.Value.At >= window ? oldest.Value.State : null;
            if (_kept.Last?.Previous is { } previous && at - previous.Value.At < window / PerWindow)
            {
                _kept.RemoveLast();
            }

            _kept.AddLast((at, state));
            return first;
        }
    }
}
