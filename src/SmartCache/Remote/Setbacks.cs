using System.Collections.Concurrent;

namespace SmartCache.Remote;

/// <summary>What did not get there, and when it is tried again: after pauses that double. Of this process only; <c>QueueAge</c> ends it all the same.</summary>
internal sealed class Setbacks(TimeProvider time)
{
    private const int Most = 10_000;
    private const int MostDoublings = 6;

    private readonly ConcurrentDictionary<string, Setback> _known = new(StringComparer.Ordinal);

    public bool IsDue(string name) => Left(name) == TimeSpan.Zero;

    /// <summary>How long until it is tried again; nothing where it is due.</summary>
    public TimeSpan Left(string name) =>
        _known.TryGetValue(name, out var known) && known.Pause - time.GetElapsedTime(known.Since) is var left && left > TimeSpan.Zero ? left : TimeSpan.Zero;

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
