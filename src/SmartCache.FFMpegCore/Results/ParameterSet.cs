namespace SmartCache.FFMpegCore.Results;

/// <summary>What a decoder must know before it can decode a picture of H.264 or HEVC. Streams that are joined must have it in common: a decoder reads it again only where it is repeated.</summary>
internal static class ParameterSet
{
    private const int Sps = 7, Pps = 8;
    private const int HevcVps = 32, HevcPps = 34;

    // The head of HEVC's access unit delimiter. ffmpeg's muxer begins each picture with a delimiter; that of H.264 begins with 09.
    private const byte HevcDelimiter = 0x46;

    /// <summary>All that stand before a picture, one behind the other.</summary>
    /// <param name="picture">Its bytes, with 00 00 01 before each unit.</param>
    /// <returns>Hexadecimal digits; empty where there are none.</returns>
    public static string AllOf(ReadOnlySpan<byte> picture)
    {
        var all = "";
        var isHevc = NextUnit(picture) is [HevcDelimiter, ..];
        for (var begin = NextUnit(picture); begin.Length > 0;)
        {
            var next = begin.IndexOf("\0\0\x01"u8);
            var unit = (next < 0 ? begin : begin[..next]).TrimEnd((byte)0);
            if (unit.Length > 0 && IsSet(unit[0], isHevc))
                all += Convert.ToHexString(unit) + ' ';
            begin = next < 0 ? [] : begin[(next + 3)..];
        }

        return all;
    }

    private static ReadOnlySpan<byte> NextUnit(ReadOnlySpan<byte> bytes) => bytes.IndexOf("\0\0\x01"u8) is >= 0 and var at ? bytes[(at + 3)..] : [];

    private static bool IsSet(byte head, bool isHevc) => isHevc ? (head >> 1 & 0x3f) is >= HevcVps and <= HevcPps : (head & 0x1f) is Sps or Pps;
}
