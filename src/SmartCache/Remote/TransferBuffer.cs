using System.Buffers;

namespace SmartCache.Remote;

/// <summary>
/// A buffer for the bytes of an answer, used again by the next transfer: a new one for each is a large object, and such garbage is collected late. It is left to the collector
/// only where a read was given up, as the adaptor may still write to it.
/// </summary>
internal sealed class TransferBuffer : IDisposable
{
    private const int Length = 256 << 10;

    private readonly byte[] _bytes = ArrayPool<byte>.Shared.Rent(Length);
    private bool _isLent;

    /// <summary>Reads from an answer, for as long as the token lets it and no longer, whatever the adaptor does.</summary>
    /// <param name="body">The answer's.</param>
    /// <param name="most">No more bytes than these, and than fit.</param>
    /// <param name="token">Ends it.</param>
    /// <returns>How many came; 0 at the end.</returns>
    public async ValueTask<int> ReadAsync(Stream body, long most, CancellationToken token)
    {
        _isLent = true;
        var got = await body.ReadAsync(_bytes.AsMemory(0, (int)Math.Min(Length, most)), token).AsTask().WaitAsync(token).ConfigureAwait(false);
        _isLent = false;
        return got;
    }

    /// <summary>The bytes that the last read gave.</summary>
    public ReadOnlyMemory<byte> Read(int count) => _bytes.AsMemory(0, count);

    public void Dispose()
    {
        if (!_isLent)
        {
            ArrayPool<byte>.Shared.Return(_bytes);
        }
    }
}
