using System.Runtime.CompilerServices;
using System.Runtime.Versioning;
using Microsoft.Win32.SafeHandles;
using static SmartCache.Storage.Platform.LinuxNative;

namespace SmartCache.Storage.Platform;

/// <summary>
/// Reads with <c>O_DIRECT</c>: from the disk itself, so that rot is seen under a page that is still right in memory, and past the page cache.
/// A file system that refuses it (tmpfs before Linux 6.6, some overlays) is read through the page cache, and what was read is dropped from it.
/// </summary>
[SupportedOSPlatform("linux")]
internal sealed class DirectReader : UncachedReader
{
    // The strictest alignment that a Linux block device asks for.
    private const int Alignment = 4096;

    private readonly Func<SafeFileHandle> _openThroughCache;

    // The collector's, and not freed by Dispose: a read that was given up on a hung disk goes on writing into it, and its thread looks at it afterwards.
    private readonly Memory<byte> _piece;
    private SafeFileHandle _handle;
    private bool _isDirect;
    private long _offset;
    private bool _ended;

    /// <param name="direct">The file with <c>O_DIRECT</c>, which is this reader's from now on; <see langword="null"/> where the file system refuses it.</param>
    /// <param name="openThroughCache">Opens the same file without.</param>
    public DirectReader(SafeFileHandle? direct, Func<SafeFileHandle> openThroughCache)
    {
        _openThroughCache = openThroughCache;
        _handle = direct ?? openThroughCache();
        try
        {
            _isDirect = IsDirect(_handle);
            _piece = Allocate((int)Math.Min(PieceSize, RandomAccess.GetLength(_handle) + 1));
        }
        catch (NotSupportedException exception)
        {
            // As whoever reads it takes it: a regular file has a place to read at, unless its disk fails just then.
            Dispose();
            throw new IOException("The file cannot be read.", exception);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public override ReadOnlySpan<byte> Read()
    {
        if (_ended)
        {
            // Behind the end an offset is no longer aligned, and to ask there is an error.
            return [];
        }

        var piece = _piece.Span;
        int read;
        try
        {
            read = RandomAccess.Read(_handle, piece, _offset);
        }
        catch (IOException) when (_isDirect)
        {
            // Some file systems take the flag and refuse the read.
            var buffered = _openThroughCache();
            _handle.Dispose();
            (_handle, _isDirect) = (buffered, false);
            read = RandomAccess.Read(_handle, piece, _offset);
        }

        if (!_isDirect && read > 0)
        {
            _ = FAdvise(_handle, _offset, read, FAdviseDontNeed);
        }

        _offset += read;
        _ended = read < piece.Length;
        return piece[..read];
    }

    public override void Dispose() => _handle.Dispose();

    /// <summary>Aligned memory of at least this length, and of no more than a small file needs.</summary>
    private static unsafe Memory<byte> Allocate(int length)
    {
        var aligned = (length + Alignment - 1) / Alignment * Alignment;
        var whole = GC.AllocateUninitializedArray<byte>(aligned + Alignment, pinned: true);
        var start = (int)(-(nint)Unsafe.AsPointer(ref whole[0]) & (Alignment - 1));
        return whole.AsMemory(start, aligned);
    }

    private static bool IsDirect(SafeFileHandle handle) => (FcntlFlags(handle, FGetFl, 0) & ODirect) != 0;
}
