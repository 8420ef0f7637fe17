namespace SmartCache.Sources;

/// <summary>Which identities led to a content lately, and by which fetch.</summary>
/// <param name="most">Contents that are remembered; beyond it all are forgotten.</param>
internal sealed class KeysOfContent(int most)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, Dictionary<string, DateTimeOffset>> _keys = new(StringComparer.Ordinal);

    /// <param name="contentHash">The content.</param>
    /// <param name="keyName">What led to it.</param>
    /// <param name="fetchedAt">When that fetch began; <see cref="DateTimeOffset.MinValue"/> where it was an earlier one.</param>
    public void Add(string contentHash, string keyName, DateTimeOffset fetchedAt)
    {
        lock (_gate)
        {
            if (_keys.Count >= most)
            {
                _keys.Clear();
            }

            if (!_keys.TryGetValue(contentHash, out var known))
            {
                _keys[contentHash] = known = new Dictionary<string, DateTimeOffset>(StringComparer.Ordinal);
            }

            if (known.TryGetValue(keyName, out var last) ? last < fetchedAt : known.Count < most)
            {
                known[keyName] = fetchedAt;
            }
        }
    }

    /// <summary>All of a content.</summary>
    public IReadOnlyCollection<KeyValuePair<string, DateTimeOffset>> Of(string contentHash)
    {
        lock (_gate)
        {
            return _keys.TryGetValue(contentHash, out var known) ? [.. known] : [];
        }
    }
}
