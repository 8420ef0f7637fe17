namespace SmartCache.Sources;

/// <summary>
/// Which contents were rejected while they were being saved. An encode can fail while its source is still on its way into the cache, and what is dropped then must not
/// come back when the save is done. A rejection matters only to saves that began before it: it is forgotten with the last of those, and never for want of space.
/// </summary>
internal sealed class Rejections
{
    private readonly Lock _gate = new();
    private readonly SortedSet<long> _saves = [];
    private readonly Dictionary<string, long> _rejected = new(StringComparer.Ordinal);
    private long _serial;

    /// <summary>How many are remembered.</summary>
    public int Count
    {
        get
        {
            lock (_gate)
            {
                return _rejected.Count;
            }
        }
    }

    public Save Begin()
    {
        lock (_gate)
        {
            _saves.Add(++_serial);
            return new Save(this, _serial);
        }
    }

    public void Add(string contentHash)
    {
        lock (_gate)
        {
            if (_saves.Count > 0)
            {
                _rejected[contentHash] = ++_serial;
            }
        }
    }

    private bool IsRejected(string contentHash, long since)
    {
        lock (_gate)
        {
            return _rejected.TryGetValue(contentHash, out var at) && at > since;
        }
    }

    private void End(long began)
    {
        lock (_gate)
        {
            _saves.Remove(began);
            var oldest = _saves.Count == 0 ? long.MaxValue : _saves.Min;
            foreach (var (contentHash, at) in _rejected)
            {
                if (at < oldest)
                {
                    _rejected.Remove(contentHash);
                }
            }
        }
    }

    /// <summary>A save under way.</summary>
    public sealed class Save(Rejections rejections, long began) : IDisposable
    {
        /// <summary>Whether this content was rejected since the save began.</summary>
        public bool IsRejected(string contentHash) => rejections.IsRejected(contentHash, began);

        public void Dispose() => rejections.End(began);
    }
}
