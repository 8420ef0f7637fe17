namespace SmartCache.Sources;

/// <summary>Types of boxes of an ISO file (MP4, QuickTime), as the big-endian number of their four letters.</summary>
internal static class IsoType
{
    public const uint Ftyp = 0x66747970, Mdat = 0x6D646174, Moov = 0x6D6F6F76, Moof = 0x6D6F6F66;
    public const uint Mvhd = 0x6D766864, Tkhd = 0x746B6864, Mdhd = 0x6D646864, Stco = 0x7374636F, Co64 = 0x636F3634;
    private const uint Udta = 0x75647461, Meta = 0x6D657461, Free = 0x66726565, Skip = 0x736B6970, Wide = 0x77696465;
    private const uint Trak = 0x7472616B, Mdia = 0x6D646961, Minf = 0x6D696E66, Stbl = 0x7374626C;

    public static bool SaysNothingOfStreams(uint type) => type is Udta or Meta or Free or Skip;

    /// <summary>What a file may begin with.</summary>
    public static bool MayBeFirst(uint type) => type is Ftyp or Moov or Mdat or Free or Skip or Wide;

    /// <summary>Whether it holds boxes. Only where the format has it, so that nesting goes no deeper than that.</summary>
    public static bool IsContainer(uint parent, uint type) => (parent, type) is (Moov, Trak) or (Trak, Mdia) or (Mdia, Minf) or (Minf, Stbl);
}
