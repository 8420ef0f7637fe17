using System.Collections.Concurrent;

namespace SmartCache.Storage;

/// <summary>
/// Times that lie ahead of the clock: one of the two was set wrong, and nobody knows which. Such a thing counts as used when this process first saw it,
/// so that it ages like others and does not stay for the years until its time comes. Nothing on the disk is put right: if it is the clock that stands years
/// back, as before a machine has asked the network for the time, everything would look unused for years once that is mended.
/// </summary>
internal sealed class TimesAhead
{
    private const int MaxRemembered = 100_000;

    private readonly ConcurrentDictionary<string, Seen> _seen = new(StringComparer.Ordinal);

    // Nearly always; asking the dictionary takes its locks.
    private volatile bool _isEmpty = true;

    /// <summary>When the thing of this name was used last, as far as that can be believed: never later than <paramref name="now"/>.</summary>
    public DateTimeOffset Believe(string name, DateTimeOffset time, DateTimeOffset now)
    {
        if (time <= now)
        {
            if (!_isEmpty)
            {
                _seen.TryRemove(name, out _);
            }

            return time;
        }

        if (_seen.TryGetValue(name, out var seen) && seen.Time == time && seen.First <= now)
        {
            return seen.First;
        }

        if (_seen.Count >= MaxRemembered)
        {
            _seen.Clear();
        }

        _seen[name] = new Seen(time, now);
        _isEmpty = false;
        return now;
    }

    private sealed record Seen(DateTimeOffset Time, DateTimeOffset First);
}
