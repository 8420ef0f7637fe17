namespace SmartCache.Stages.Kubo;

/// <summary>Unsigned LEB128, as CIDs, protobuf and CAR files have it.</summary>
internal static class Varint
{
    public static void Write(Stream stream, ulong value)
    {
        while (value >= 0x80)
        {
            stream.WriteByte((byte)(value | 0x80));
            value >>= 7;
        }
        stream.WriteByte((byte)value);
    }

    /// <summary>Takes one number off the front. Refuses the spellings that are longer than need be.</summary>
    public static bool TryRead(ref ReadOnlySpan<byte> bytes, out ulong value)
    {
        value = 0;
        for (var i = 0; i < bytes.Length && i < 9; i++)
        {
            value |= (ulong)(bytes[i] & 0x7F) << (7 * i);
            if (bytes[i] >= 0x80)
                continue;
            if (i > 0 && bytes[i] == 0)
                return false;
            bytes = bytes[(i + 1)..];
            return true;
        }
        return false;
    }
}
