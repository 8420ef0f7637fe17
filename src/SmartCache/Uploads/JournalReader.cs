using System.Buffers;
using Microsoft.Win32.SafeHandles;
using SmartCache.Storage;
using SmartCache.Storage.Platform;

namespace SmartCache.Uploads;

/// <summary>Receives one line of a journal, without its newline, and where it begins.</summary>
internal delegate void JournalLine(ReadOnlySpan<byte> line, long offset);

/// <summary>
/// Reads a journal in chunks and goes on where it stopped, so that what other processes append is seen for the price of reading just that.
/// Bounded: a line above <see cref="MaxLine"/> is skipped, and of a journal above <see cref="MaxTotal"/> only the newest part is read.
/// </summary>
internal sealed class JournalReader
{
    /// <summary>A tree with 64 profiles of long names fits.</summary>
    public const int MaxLine = 256 << 10;

    public const long MaxTotal = 512L << 20;

    private const int SmallChunk = 16 << 10;
    private const int LargeChunk = 1 << 20;

    private FileFacts _file;
    private bool _inOverlongLine;

    /// <summary>Where the next read begins: behind the last complete line.</summary>
    public long Offset { get; private set; }

    /// <summary>Whether it would go on in this file where it stopped.</summary>
    public bool IsFollowing(in FileFacts file) => file.Inode == _file.Inode && file.Device == _file.Device && file.Length >= Offset;

    /// <summary>Reads the complete lines from <see cref="Offset"/> on; from the beginning where the file is another one than before, or shrank.</summary>
    public void Follow(SafeFileHandle handle, OperationPulse pulse, JournalLine visit)
    {
        var file = FileSystem.Current.Stat(handle);
        if (!IsFollowing(file))
        {
            Offset = Math.Max(0, file.Length - MaxTotal);
            _inOverlongLine = Offset > 0; // begins in the middle of a line
        }

        _file = file;
        if (file.Length > Offset)
        {
            Read(handle, file.Length - Offset > SmallChunk ? LargeChunk : SmallChunk, pulse, visit);
        }
    }

    private void Read(SafeFileHandle handle, int chunk, OperationPulse pulse, JournalLine visit)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(chunk);
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
                visit(content.Slice(used, length), Offset + used);
            }

            used += length + 1;
        }
    }
}
