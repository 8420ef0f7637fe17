using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using Microsoft.Win32.SafeHandles;
using static SmartCache.Storage.Platform.LinuxNative;

namespace SmartCache.Storage.Platform;

/// <summary>
/// Reads with <c>O_DIRECT</c>: from the disk itself, so that rot is seen under a page that is still right in memory, and past the page cache.
/// A file system that refuses it (tmpfs before Linux 6.6, some overlays) is read through the page cache, and what was read is dropped from it.
/// </summary>
[SupportedOSPlatform("linux")]
internal sealed unsafe class DirectReader : UncachedReader
{
    // The strictest alignment that a Linux block device asks for.
    private const int Alignment = 4096;

    private readonly string _path;
    private SafeFileHandle _handle;
    private bool _isDirect;
    private void* _buffer;
    private long _offset;
    private bool _ended;

    public DirectReader(string path)
    {
        _path = path;
        _buffer = NativeMemory.AlignedAlloc(PieceSize, Alignment);
        try
        {
            _handle = LinuxFileSystem.TryOpenDirect(path) ?? FileSystem.Current.OpenRead(path);
            _isDirect = IsDirect(_handle);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public override ReadOnlySpan<byte> Read()
    {
        ObjectDisposedException.ThrowIf(_buffer is null, this);
        if (_ended)
        {
            // Behind the end an offset is no longer aligned, and to ask there is an error.
            return [];
        }

        var piece = new Span<byte>(_buffer, PieceSize);
        int read;
        try
        {
            read = RandomAccess.Read(_handle, piece, _offset);
        }
        catch (IOException) when (_isDirect)
        {
            // Some file systems take the flag and refuse the read.
            var buffered = FileSystem.Current.OpenRead(_path);
            _handle.Dispose();
            (_handle, _isDirect) = (buffered, false);
            read = RandomAccess.Read(_handle, piece, _offset);
        }

        if (!_isDirect && read > 0)
        {
            _ = FAdvise(_handle, _offset, read, FAdviseDontNeed);
        }

        _offset += read;
        _ended = read < PieceSize;
        return piece[..read];
    }

    public override void Dispose()
    {
        _handle?.Dispose();
        NativeMemory.AlignedFree(_buffer);
        _buffer = null;
    }

    private static bool IsDirect(SafeFileHandle handle) => (FcntlFlags(handle, FGetFl, 0) & ODirect) != 0;
}
