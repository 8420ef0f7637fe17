using SmartCache.Storage.Platform;

namespace SmartCache.Remote;

/// <summary>A local entry as the bytes of a pack: nothing is copied, every part is read from the entry's own files.</summary>
/// <param name="head">What the pack begins with.</param>
/// <param name="files">Its files.</param>
/// <param name="system">The file system.</param>
internal sealed class PackBody(byte[] head, IReadOnlyList<PackedFile> files, FileSystem system) : IObjectBody
{
    // Where each file ends in the pack.
    private readonly long[] _ends = Ends(head.Length, files);

    public long Length => _ends.Length == 0 ? head.Length : _ends[^1];

    /// <summary>Is told how many bytes were read, and may hold up whoever reads.</summary>
    public Func<int, CancellationToken, ValueTask>? Pace { get; set; }

    /// <summary>Whether a file of the entry could not be read, or is no longer what it was: whatever the adaptor makes of that, it is no fault of the store's.</summary>
    public bool HasFailed { get; private set; }

    public Stream Open(long offset, long count) => new PackStream(this, offset, count);

    /// <summary>Reads at a place of the pack, and notes where that fails.</summary>
    private int Read(long position, Span<byte> buffer)
    {
        try
        {
            return ReadAt(position, buffer) is > 0 and var read ? read : throw new EndOfStreamException("A file of the entry is no longer what it was.");
        }
        catch
        {
            HasFailed = true;
            throw;
        }
    }

    /// <summary>Reads at a place of the pack; at most to the end of the file that lies there.</summary>
    private int ReadAt(long position, Span<byte> buffer)
    {
        if (position < head.Length)
        {
            var rest = head.AsSpan((int)position);
            rest = rest[..Math.Min(rest.Length, buffer.Length)];
            rest.CopyTo(buffer);
            return rest.Length;
        }

        var index = IndexAt(position);
        var start = index == 0 ? head.Length : _ends[index - 1];
        var file = files[index];
        buffer = buffer[..(int)Math.Min(buffer.Length, _ends[index] - position)];
        if (file.Handle is { } open)
        {
            return RandomAccess.Read(open, buffer, position - start);
        }

        using var handle = system.OpenRead(file.Path);
        return system.Stat(handle).IsSameAs(file.Facts) ? RandomAccess.Read(handle, buffer, position - start) : 0;
    }

    // The first file that ends behind the position: empty files have no bytes to give.
    private int IndexAt(long position)
    {
        var found = Array.BinarySearch(_ends, position);
        if (found < 0)
        {
            return ~found;
        }

        while (_ends[found] <= position)
        {
            found++;
        }

        return found;
    }

    private static long[] Ends(long begin, IReadOnlyList<PackedFile> files)
    {
        var ends = new long[files.Count];
        for (var i = 0; i < ends.Length; i++)
        {
            ends[i] = begin += files[i].File.Length;
        }

        return ends;
    }

    private sealed class PackStream(PackBody body, long offset, long count) : ReadOnlyStream
    {
        private long _position;

        public override long Length => count;

        public override bool CanSeek => true;

        public override long Position
        {
            get => _position;
            set => _position = value;
        }

        public override int Read(Span<byte> buffer)
        {
            buffer = buffer[..(int)Math.Min(buffer.Length, count - _position)];
            if (buffer.IsEmpty)
            {
                return 0;
            }

            var read = body.Read(offset + _position, buffer);
            _position += read;
            return read;
        }

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var read = Read(buffer.Span);
            if (read > 0 && body.Pace is { } pace)
            {
                await pace(read, cancellationToken).ConfigureAwait(false);
            }

            return read;
        }

        public override long Seek(long to, SeekOrigin origin) => _position = origin switch
        {
            SeekOrigin.Begin => to,
            SeekOrigin.Current => _position + to,
            _ => count + to,
        };
    }
}
