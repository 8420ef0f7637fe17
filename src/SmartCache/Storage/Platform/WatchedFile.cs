using Microsoft.Win32.SafeHandles;

namespace SmartCache.Storage.Platform;

/// <summary>A file of many megabytes that somebody else reads or writes part by part, with a beat for each part: on a slow disk that is no hang.</summary>
internal sealed class WatchedFile(SafeFileHandle handle, FileAccess access, OperationPulse pulse) : Stream
{
    private const int BufferSize = 4096; // .NET's own

    private readonly FileStream _file = Over(handle, access, BufferSize);

    public override bool CanRead => _file.CanRead;

    public override bool CanWrite => _file.CanWrite;

    public override bool CanSeek => false;

    public override long Length => _file.Length;

    public override long Position
    {
        get => _file.Position;
        set => throw new NotSupportedException();
    }

    /// <summary>A stream over a handle, which it closes. So does this where the stream cannot be made: it asks the disk for the handle's position first.</summary>
    public static FileStream Over(SafeFileHandle handle, FileAccess access, int bufferSize)
    {
        try
        {
            return new FileStream(handle, access, bufferSize);
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }

    public override int Read(Span<byte> buffer)
    {
        pulse.Beat();
        return _file.Read(buffer);
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        pulse.Beat();
        _file.Write(buffer);
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override void Flush() => _file.Flush();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _file.Dispose();
        }

        base.Dispose(disposing);
    }
}
