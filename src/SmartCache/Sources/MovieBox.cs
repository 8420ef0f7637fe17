using System.Buffers.Binary;
using System.Security.Cryptography;

namespace SmartCache.Sources;

/// <summary>
/// The tables of an ISO file (<c>moov</c>) without what says nothing of its streams: titles and other metadata, padding, times of creation, and where in the file the
/// samples lie, which is counted from the beginning of the payload instead.
/// </summary>
/// <remarks>What is odd in any way has no identity. Time and memory are linear in the length, which the caller bounds; the depth is that of the format.</remarks>
internal sealed class MovieBox(IncrementalHash sha, long payloadStart, long payloadLength)
{
    // An hour of video has a few dozen.
    private const int MaxBoxes = 16_384;

    private int _boxes;

    /// <summary>Hashes what counts of it; false where it is not one that can be understood.</summary>
    /// <param name="movie">The content of the box.</param>
    public bool TryAppend(ReadOnlySpan<byte> movie) => TryAppend(movie, IsoType.Moov);

    private bool TryAppend(ReadOnlySpan<byte> boxes, uint parent)
    {
        while (boxes.Length > 0)
        {
            if (++_boxes > MaxBoxes || !TryCut(ref boxes, out var type, out var content))
            {
                return false;
            }

            if (IsoType.SaysNothingOfStreams(type))
            {
                continue;
            }

            var isContainer = IsoType.IsContainer(parent, type);
            Frame(type, isContainer ? -1 : content.Length);
            if (!(isContainer ? TryAppend(content, type) : TryAppendLeaf(type, content)))
            {
                return false;
            }

            if (isContainer)
            {
                Frame(type, -2);
            }
        }

        return true;
    }

    private static bool TryCut(ref ReadOnlySpan<byte> boxes, out uint type, out ReadOnlySpan<byte> content)
    {
        type = 0;
        content = default;
        if (boxes.Length < 8)
        {
            return false;
        }

        ulong size = BinaryPrimitives.ReadUInt32BigEndian(boxes);
        type = BinaryPrimitives.ReadUInt32BigEndian(boxes[4..]);
        var header = 8;
        if (size == 1 && boxes.Length >= 16)
        {
            (size, header) = (BinaryPrimitives.ReadUInt64BigEndian(boxes[8..]), 16);
        }

        if (size < (ulong)header || size > (ulong)boxes.Length)
        {
            return false;
        }

        content = boxes[header..(int)size];
        boxes = boxes[(int)size..];
        return true;
    }

    private bool TryAppendLeaf(uint type, ReadOnlySpan<byte> content)
    {
        switch (type)
        {
            case IsoType.Mvhd or IsoType.Tkhd or IsoType.Mdhd:
                return TryAppendWithoutTimes(content);
            case IsoType.Stco:
                return TryAppendOffsets(content, width: 4);
            case IsoType.Co64:
                return TryAppendOffsets(content, width: 8);
            default:
                sha.AppendData(content);
                return true;
        }
    }

    // Version and flags, then creation and modification, of 32 bits each in version 0 and 64 in version 1.
    private bool TryAppendWithoutTimes(ReadOnlySpan<byte> content)
    {
        if (content.Length == 0 || content[0] > 1)
        {
            return false;
        }

        var end = content[0] == 0 ? 12 : 20;
        if (content.Length < end)
        {
            return false;
        }

        sha.AppendData(content[..4]);
        sha.AppendData(content[end..]);
        return true;
    }

    // The same for both widths: a file whose tables move to its front may need the wider one. Their lengths are in the frame, and differ; so the frame is of the count here.
    private bool TryAppendOffsets(ReadOnlySpan<byte> content, int width)
    {
        if (content.Length < 8 || BinaryPrimitives.ReadUInt32BigEndian(content[4..]) is var count && content.Length != 8 + ((long)count * width))
        {
            return false;
        }

        Span<byte> relative = stackalloc byte[8 * 512];
        var filled = 0;
        for (var rest = content[8..]; rest.Length > 0; rest = rest[width..])
        {
            var offset = width == 4 ? BinaryPrimitives.ReadUInt32BigEndian(rest) : BinaryPrimitives.ReadUInt64BigEndian(rest);
            if (offset < (ulong)payloadStart || offset - (ulong)payloadStart >= (ulong)payloadLength)
            {
                return false;
            }

            BinaryPrimitives.WriteUInt64BigEndian(relative[filled..], offset - (ulong)payloadStart);
            filled += 8;
            if (filled == relative.Length)
            {
                sha.AppendData(relative);
                filled = 0;
            }
        }

        sha.AppendData(relative[..filled]);
        return true;
    }

    // What a box is and how long, so that no two lists of boxes give the same bytes.
    private void Frame(uint type, long length)
    {
        Span<byte> frame = stackalloc byte[12];
        var isOffsets = type is IsoType.Stco or IsoType.Co64;
        BinaryPrimitives.WriteUInt32BigEndian(frame, isOffsets ? IsoType.Stco : type);
        BinaryPrimitives.WriteInt64BigEndian(frame[4..], isOffsets ? (length - 8) / (type == IsoType.Stco ? 4 : 8) : length);
        sha.AppendData(frame);
    }
}
