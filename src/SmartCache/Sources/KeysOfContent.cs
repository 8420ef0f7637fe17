namespace SmartCache.Sources;

/// <summary>Which identities led to a content lately, and which of them the other hosts have not been told.</summary>
/// <param name="most">Contents that are remembered; beyond it all are forgotten.</param>
internal sealed class KeysOfContent(int most)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, Dictionary<string, bool>> _keys = new(StringComparer.Ordinal);

    public void Add(string contentHash, string keyName)
    {
        lock (_gate)
        {
            if (_keys.Count >= most)
            {
                _keys.Clear();
            }

            if (!_keys.TryGetValue(contentHash, out var known))
            {
                _keys[contentHash] = known = new Dictionary<string, bool>(StringComparer.Ordinal);
            }

            if (known.Count < most)
            {
                known.TryAdd(keyName, false);
            }
        }
    }

    /// <summary>All of a content.</summary>
    public IReadOnlyCollection<string> Of(string contentHash) => Where(contentHash, static _ => true);

    /// <summary>Those that nobody was told.</summary>
    public IReadOnlyCollection<string> NewOf(string contentHash) => Where(contentHash, static told => !told);

    public void Told(string contentHash, IReadOnlyCollection<string> names)
    {
        lock (_gate)
        {
            if (_keys.TryGetValue(contentHash, out var known))
            {
                foreach (var name in names)
                {
                    known[name] = true;
                }
            }
        }
    }

    private string[] Where(string contentHash, Func<bool, bool> which)
    {
        lock (_gate)
        {
            return _keys.TryGetValue(contentHash, out var known) ? [.. known.Where(key => which(key.Value)).Select(static key => key.Key)] : [];
        }
    }
}
