using System.Collections.Concurrent;

namespace SmartCache.Storage;

/// <summary>
/// Times that lie ahead of the clock: one of the two was set wrong, and nobody knows which. Such a thing counts as used when this process first saw it,
/// so that it ages like others and does not stay for the years until its time comes. Nothing on the disk is put right: if it is the clock that stands years
/// back, as before a machine has asked the network for the time, everything would look unused for years once that is mended.
/// </summary>
/// <param name="capacity">
/// How many are remembered. Beyond it only those are forgotten that nobody asked about for a week; a newcomer then begins to age when there is place for it, which
/// the others make as they age. Were all forgotten, nothing would ever age.
/// </param>
internal sealed class TimesAhead(int capacity = 100_000)
{
    private static readonly TimeSpan Gone = TimeSpan.FromDays(7);
    private static readonly TimeSpan LookInterval = TimeSpan.FromHours(1);

    private readonly ConcurrentDictionary<string, Seen> _seen = new(StringComparer.Ordinal);

    // Nearly always; asking the dictionary takes its locks.
    private volatile bool _isEmpty = true;
    private long _lookedAt;

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
            seen.Asked = now;
            return seen.First;
        }

        if (seen is not null || HasPlace(now))
        {
            _seen[name] = new Seen(time, now) { Asked = now };
            _isEmpty = false;
        }

        return now;
    }

    private bool HasPlace(DateTimeOffset now)
    {
        if (_seen.Count < capacity)
        {
            return true;
        }

        // Once in a while: a clean-up may ask for 100,000 more that find no place.
        if ((now - new DateTimeOffset(Interlocked.Read(ref _lookedAt), TimeSpan.Zero)).Duration() < LookInterval)
        {
            return false;
        }

        Interlocked.Exchange(ref _lookedAt, now.UtcTicks);
        foreach (var (name, seen) in _seen)
        {
            if ((now - seen.Asked).Duration() > Gone)
            {
                _seen.TryRemove(name, out _);
            }
        }

        return _seen.Count < capacity;
    }

    private sealed record Seen(DateTimeOffset Time, DateTimeOffset First)
    {
        public DateTimeOffset Asked { get; set; }
    }
}
