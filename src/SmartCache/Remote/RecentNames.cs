using System.Collections.Concurrent;

namespace SmartCache.Remote;

/// <summary>Names that something was learned of a moment ago. What is forgotten is asked for again.</summary>
/// <param name="time">The clock.</param>
internal sealed class RecentNames(TimeProvider time)
{
    private const int Most = 10_000;

    private readonly ConcurrentDictionary<string, long> _known = new(StringComparer.Ordinal);

    public bool Contains(string name, TimeSpan age)
    {
        if (!_known.TryGetValue(name, out var since))
        {
            return false;
        }

        if (time.GetElapsedTime(since) < age)
        {
            return true;
        }

        _known.TryRemove(name, out _);
        return false;
    }

    public void Note(string name)
    {
        if (_known.Count >= Most)
        {
            _known.Clear();
        }

        _known[name] = time.GetTimestamp();
    }

    public void Forget(string name) => _known.TryRemove(name, out _);
}
