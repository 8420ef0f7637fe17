namespace SmartCache.Remote;

/// <summary>Gives out the ranges of a large object, and says how far it is there without a gap.</summary>
internal sealed class RangeOrder(long from, long end, int size)
{
    private readonly Lock _gate = new();
    private readonly HashSet<long> _complete = [];
    private long _next = from;
    private long _gapless = from;

    public bool TryNext(out ObjectRange range)
    {
        lock (_gate)
        {
            range = new ObjectRange(_next, Math.Min(size, end - _next));
            _next += range.Count;
            return range.Count > 0;
        }
    }

    /// <summary>A range is there. Whoever closes a gap is told up to where all is there, one at a time.</summary>
    public void Complete(ObjectRange range, Action<long> advance)
    {
        lock (_gate)
        {
            _complete.Add(range.Offset);
            while (_complete.Remove(_gapless))
            {
                _gapless = Math.Min(_gapless + size, end);
                advance(_gapless);
            }
        }
    }
}
