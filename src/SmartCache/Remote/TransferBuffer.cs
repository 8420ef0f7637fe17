using System.Buffers;

namespace SmartCache.Remote;

/// <summary>
/// A buffer for the bytes of an answer, used again by the next transfer: a new one for each is a large object, and such garbage is collected late. It is left to the collector
/// where a read was given up, as the adaptor may still write to it.
/// </summary>
/// <remarks>The pool is the tier's own, in which every byte is checked: an adaptor that writes to a buffer too late must not write to that of a job's stage.</remarks>
internal sealed class TransferBuffer : IDisposable
{
    private const int Length = 256 << 10;

    /// <summary>Eight transfers of five requests each, which is 10 MiB.</summary>
    private const int MostKept = 40;

    private static readonly ArrayPool<byte> _pool = ArrayPool<byte>.Create(Length, MostKept);

    private readonly byte[] _bytes = _pool.Rent(Length);
    private bool _isLent;

    /// <summary>Reads from an answer, for as long as the token lets it and no longer, unless the adaptor blocks inside the call.</summary>
    /// <param name="body">The answer's.</param>
    /// <param name="most">No more bytes than these, and than fit.</param>
    /// <param name="token">Ends it.</param>
    /// <returns>How many came; 0 at the end.</returns>
    /// <exception cref="ObjectStoreException">It says that it gave more than was asked for.</exception>
    public async ValueTask<int> ReadAsync(Stream body, long most, CancellationToken token)
    {
        var asked = (int)Math.Min(Length, most);
        _isLent = true;
        var reading = body.ReadAsync(_bytes.AsMemory(0, asked), token).AsTask();
        try
        {
            var got = await reading.WaitAsync(token).ConfigureAwait(false);
            if (got < 0 || got > asked)
            {
                throw new ObjectStoreException(ObjectStoreFault.Protocol, "The answer gave more bytes than were asked for.");
            }

            _isLent = false;
            return got;
        }
        catch (OperationCanceledException)
        {
            // What it meets later is nobody's any more. Reading the exception marks it as observed.
            _ = reading.ContinueWith(static late => late.Exception, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
            throw;
        }
    }

    /// <summary>The bytes that the last read gave.</summary>
    public ReadOnlyMemory<byte> Read(int count) => _bytes.AsMemory(0, count);

    public void Dispose()
    {
        if (!_isLent)
        {
            _isLent = true;
            _pool.Return(_bytes);
        }
    }
}
