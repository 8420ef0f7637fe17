using System.Buffers.Binary;

namespace SmartCache.Torture.PowerCuts;

/// <summary>One write or flush of the recorded disk.</summary>
/// <param name="At">Where it begins in the log.</param>
/// <param name="IsFlush">Whether everything before it is on the disk once it is done.</param>
/// <param name="Stays">Whether it is on the disk itself once it is done.</param>
/// <param name="Offset">On the disk.</param>
/// <param name="Length">In bytes.</param>
/// <param name="Turns">Whether it looks like what makes a file system recover to something else: a commit of its journal, or a superblock.</param>
internal readonly record struct DiskRecord(long At, bool IsFlush, bool Stays, long Offset, int Length, bool Turns)
{
    private const int HeaderLength = 17;

    /// <summary>Where its bytes are in the log.</summary>
    public long Data => At + HeaderLength;

    /// <summary>All whole records of a log.</summary>
    public static List<DiskRecord> Read(string log, DiskKind kind)
    {
        using var handle = File.OpenHandle(log, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        var (records, end) = (new List<DiskRecord>(), RandomAccess.GetLength(handle));
        Span<byte> header = stackalloc byte[HeaderLength + DiskKind.MarkLength];
        for (long at = 0; at + HeaderLength <= end;)
        {
            _ = RandomAccess.Read(handle, header, at);
            var (offset, length) = (BinaryPrimitives.ReadInt64LittleEndian(header[1..]), BinaryPrimitives.ReadInt64LittleEndian(header[9..]));
            if (at + HeaderLength + length > end)
            {
                break;
            }

            var isFlush = header[0] == 2;
            records.Add(new DiskRecord(at, isFlush, header[0] == 3, offset, checked((int)length), !isFlush && kind.IsTurn(offset, header[HeaderLength..])));
            at += HeaderLength + length;
        }

        return records;
    }
}
