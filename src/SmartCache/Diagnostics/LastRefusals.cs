using SmartCache.Abstractions;
using System.Collections.Concurrent;

namespace SmartCache.Diagnostics;

/// <summary>
/// Why this process did not store what it made, by key: the reason of the next miss. For the log only, so that it is bounded by forgetting the oldest, and another
/// process, or the next one, says less.
/// </summary>
internal sealed class LastRefusals
{
    private const int Most = 2048;

    private ConcurrentDictionary<string, Reason> _young = new(StringComparer.Ordinal);
    private ConcurrentDictionary<string, Reason> _old = new(StringComparer.Ordinal);

    /// <summary>Notes what became of storing: a reason, or <see cref="CacheReason.None"/> where it was stored.</summary>
    public void Note(string key, Reason why)
    {
        var young = _young;
        if (why.Code == CacheReason.None)
        {
            young.TryRemove(key, out _);
            _old.TryRemove(key, out _);
            return;
        }

        young[key] = why;
        if (young.Count > Most)
        {
            (_old, _young) = (young, new ConcurrentDictionary<string, Reason>(StringComparer.Ordinal));
        }
    }

    /// <summary>Why the key is not there, where it is known better than <paramref name="otherwise"/> says.</summary>
    public Reason Of(string key, Reason otherwise) =>
        _young.TryGetValue(key, out var why) || _old.TryGetValue(key, out why) ? why.Behind("made before, and not stored") : otherwise;
}
