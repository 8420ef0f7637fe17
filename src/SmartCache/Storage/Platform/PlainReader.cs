using Microsoft.Win32.SafeHandles;

namespace SmartCache.Storage.Platform;

/// <summary>Through the page cache, where there is no way past it.</summary>
internal sealed class PlainReader(SafeFileHandle handle) : UncachedReader
{
    private readonly byte[] _buffer = GC.AllocateUninitializedArray<byte>(PieceSize);
    private long _offset;

    public override ReadOnlySpan<byte> Read()
    {
        var read = RandomAccess.Read(handle, _buffer, _offset);
        _offset += read;
        return _buffer.AsSpan(0, read);
    }

    public override void Dispose() => handle.Dispose();
}
