using System.Collections.Concurrent;

namespace SmartCache.Remote;

/// <summary>What the store does not take although it is well, and when it is tried again: after pauses that double. Of this process only; <c>QueueAge</c> ends it all the same.</summary>
internal sealed class Setbacks(TimeProvider time)
{
    private const int Most = 10_000;
    private const int MostDoublings = 6;

    private readonly ConcurrentDictionary<string, Setback> _known = new(StringComparer.Ordinal);

    public bool IsDue(string name) => !_known.TryGetValue(name, out var known) || time.GetElapsedTime(known.Since) >= known.Pause;

    /// <summary>How often it was not taken.</summary>
    public int Of(string name) => _known.GetValueOrDefault(name)?.Times ?? 0;

    /// <returns>How often by now.</returns>
    public int Note(string name, TimeSpan firstPause)
    {
        if (_known.Count >= Most)
        {
            _known.Clear();
        }

        var times = Of(name) + 1;
        _known[name] = new Setback(times, time.GetTimestamp(), firstPause * Math.Pow(2, Math.Min(times - 1, MostDoublings)));
        return times;
    }

    public void Forget(string name) => _known.TryRemove(name, out _);

    private sealed record Setback(int Times, long Since, TimeSpan Pause);
}
