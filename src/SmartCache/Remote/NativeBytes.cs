using System.IO.MemoryMappedFiles;

namespace SmartCache.Remote;

/// <summary>
/// Bytes that are given back to the machine at once, and not by a collection, which comes late for large ones: whoever fills a bucket with packs whose headers are long and
/// wrong would have hundreds of megabytes lie about in each worker. Never given to an adaptor, which may write to what it was given after it was given up.
/// </summary>
internal sealed unsafe class NativeBytes : IDisposable
{
    /// <summary>Up to this an array: a header of some thousand files.</summary>
    private const int MostInArray = 1 << 20;

    private readonly int _length;
    private readonly byte[]? _array;
    private readonly MemoryMappedFile? _memory;
    private readonly MemoryMappedViewAccessor? _view;
    private readonly byte* _start;

    /// <exception cref="IOException">There are not so many.</exception>
    public NativeBytes(int length)
    {
        _length = length;
        if (length <= MostInArray)
        {
            _array = new byte[length];
            return;
        }

        _memory = MemoryMappedFile.CreateNew(null, length);
        _view = _memory.CreateViewAccessor(0, length);
        _view.SafeMemoryMappedViewHandle.AcquirePointer(ref _start);
    }

    public Span<byte> Span => _array ?? new Span<byte>(_start, _length);

    public void Dispose()
    {
        if (_view is not null)
        {
            _view.SafeMemoryMappedViewHandle.ReleasePointer();
            _view.Dispose();
            _memory!.Dispose();
        }
    }
}
