using System.Collections.Concurrent;

namespace SmartCache.Remote;

/// <summary>Keys that the store has, each of which fetch, as far as this process knows. What is forgotten is sent again, or asked for.</summary>
/// <param name="time">The clock.</param>
internal sealed class KnownKeys(TimeProvider time)
{
    private const int Most = 10_000;

    private readonly ConcurrentDictionary<string, (DateTimeOffset FetchedAt, long Since)> _known = new(StringComparer.Ordinal);

    /// <summary>Whether it was seen there a moment ago, of this fetch or of a later one.</summary>
    public bool Contains(string keyName, DateTimeOffset fetchedAt, TimeSpan age) =>
        _known.TryGetValue(keyName, out var known) && known.FetchedAt >= fetchedAt && time.GetElapsedTime(known.Since) < age;

    public void Note(string keyName, DateTimeOffset fetchedAt)
    {
        if (_known.Count >= Most)
        {
            _known.Clear();
        }

        _known[keyName] = (fetchedAt, time.GetTimestamp());
    }

    public void Forget(string keyName) => _known.TryRemove(keyName, out _);
}
