namespace SmartCache.Tests.Remote;

/// <summary>A stream that ends early, has a wrong bit, or stops.</summary>
internal sealed class SpoiledStream(Stream inner, long? cutAt = null, long? flipAt = null, long? hangAt = null, TaskCompletionSource? reached = null) : Stream
{
    private long _position;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => inner.Length;

    public override long Position { get => _position; set => throw new NotSupportedException(); }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (cutAt is { } cut && _position >= cut)
        {
            throw new IOException("The connection was reset.");
        }

        if (hangAt is { } hang && _position >= hang)
        {
            reached?.TrySetResult();
            await new TaskCompletionSource().Task;
        }

        var limit = cutAt ?? hangAt;
        var count = limit is { } end && end > _position ? (int)Math.Min(buffer.Length, end - _position) : buffer.Length;
        var read = await inner.ReadAsync(buffer[..count], cancellationToken);
        if (flipAt is { } flip && flip >= _position && flip < _position + read)
        {
            buffer.Span[(int)(flip - _position)] ^= 1;
        }

        _position += read;
        return read;
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Flush() => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        inner.Dispose();
        base.Dispose(disposing);
    }
}
