namespace SmartCache.Remote;

/// <summary>The first range of an object, and those that a long header needs beyond it.</summary>
/// <param name="first">The answer that is there.</param>
/// <param name="open">Opens a further one.</param>
/// <param name="guard">Ends it.</param>
internal sealed class JoinedRanges(ObjectRead first, Func<ObjectRange, Task<ObjectRead>> open, StallGuard guard) : IDisposable
{
    private const int RangeBytes = 16 << 20;

    private readonly long _length = first.Entry.Length;
    private ObjectRead _read = first;
    private long _left = first.Length;
    private long _at;

    /// <summary>Where what is open ends.</summary>
    public long End => _at + _left;

    /// <param name="buffer">Takes what comes.</param>
    /// <param name="most">No more bytes than these.</param>
    /// <param name="mayGoOn">Whether another range may be opened; otherwise the end of one is the end.</param>
    /// <returns>How many bytes came; 0 at the end.</returns>
    public async ValueTask<int> ReadAsync(TransferBuffer buffer, int most, bool mayGoOn)
    {
        if (_left == 0)
        {
            if (!mayGoOn)
            {
                return 0;
            }

            Dispose();
            var range = new ObjectRange(_at, Math.Min(RangeBytes, _length - _at));
            _read = await open(range).ConfigureAwait(false);
            _left = range.Count;
        }

        var got = await buffer.ReadAsync(_read.Body, Math.Min(most, _left), guard.Token).ConfigureAwait(false);
        if (got == 0)
        {
            throw new ObjectStoreException(ObjectStoreFault.Protocol, "The answer ended early.");
        }

        _at += got;
        _left -= got;
        return got;
    }

    public void Dispose() => new UnwaitedClose(_read).Dispose();
}
