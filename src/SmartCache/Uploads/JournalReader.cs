using System.Buffers;
using Microsoft.Win32.SafeHandles;
using SmartCache.Storage.Platform;

namespace SmartCache.Uploads;

/// <summary>Receives one line of a journal, without its newline, and where it ends.</summary>
internal delegate void JournalLine(ReadOnlySpan<byte> line, long end);

/// <summary>Reads the complete lines of a part in chunks and goes on where it stopped. Bounded: a line above <see cref="MaxLine"/> is skipped.</summary>
internal sealed class JournalReader
{
    /// <summary>A tree with 64 profiles fits, each with a name and a CID of 512 characters that take 9 each when they are encoded.</summary>
    public const int MaxLine = 640 << 10;

    private const int SmallChunk = 16 << 10;
    private const int LargeChunk = 1 << 20;

    private bool _inOverlongLine;

    /// <summary>Where the next read begins: behind the last complete line.</summary>
    public long Offset { get; private set; }

    /// <summary>Reads on to the end.</summary>
    /// <param name="handle">The part; the same file each time.</param>
    /// <param name="length">Its length, to read a little with a small buffer.</param>
    /// <param name="pulse">Beaten for each chunk.</param>
    /// <param name="visit">Receives the lines.</param>
    public void Follow(SafeFileHandle handle, long length, OperationPulse pulse, JournalLine visit)
    {
        if (length <= Offset)
        {
            return;
        }

        var buffer = ArrayPool<byte>.Shared.Rent(length - Offset > SmallChunk ? LargeChunk : SmallChunk);
        try
        {
            var kept = 0; // bytes of an incomplete line at the beginning of the buffer
            while (true)
            {
                pulse.Beat();
                var read = RandomAccess.Read(handle, buffer.AsSpan(kept), Offset + kept);
                if (read == 0)
                {
                    return;
                }

                var filled = kept + read;
                var used = Split(buffer.AsSpan(0, filled), visit);
                Offset += used;
                kept = filled - used;
                if (_inOverlongLine || kept > MaxLine)
                {
                    _inOverlongLine = true;
                    Offset += kept;
                    kept = 0;
                }
                else
                {
                    buffer.AsSpan(used, kept).CopyTo(buffer);
                    if (kept == buffer.Length)
                    {
                        var larger = ArrayPool<byte>.Shared.Rent(MaxLine * 2);
                        buffer.CopyTo(larger, 0);
                        ArrayPool<byte>.Shared.Return(buffer);
                        buffer = larger;
                    }
                }
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>Goes on behind everything that is there, unread; or, for own lines that nobody else's stand between, behind those.</summary>
    public void Skip(long offset) => Offset = offset;

    private int Split(ReadOnlySpan<byte> content, JournalLine visit)
    {
        for (var used = 0; ;)
        {
            var length = content[used..].IndexOf((byte)'\n');
            if (length < 0)
            {
                return used;
            }

            // The first newline after an overlong line ends it; what follows stands alone again.
            if (_inOverlongLine)
            {
                _inOverlongLine = false;
            }
            else if (length > 0 && length <= MaxLine)
            {
                visit(content.Slice(used, length), Offset + used + length + 1);
            }

            used += length + 1;
        }
    }
}
