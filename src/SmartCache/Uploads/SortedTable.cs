using System.Globalization;

namespace SmartCache.Uploads;

/// <summary>
/// The offset table at the end of a sorted part: for each value of the first <paramref name="Bits"/> bits of a key where its lines begin, and last where
/// they all end. Each entry is a line of 12 hexadecimal digits, which a reader that goes through all lines takes for no record.
/// </summary>
/// <param name="Bits">0 to <see cref="MaxBits"/>.</param>
/// <param name="Offset">Where the table begins.</param>
internal sealed record SortedTable(int Bits, long Offset)
{
    public const int MaxBits = 20;

    /// <summary>Digits and the newline.</summary>
    public const int EntryLength = 13;

    /// <summary>About so many lines are read to find one.</summary>
    private const int LinesPerBucket = 16;

    public int Buckets => 1 << Bits;

    public int Length => (Buckets + 1) * EntryLength;

    public string BitsText => Bits.ToString(CultureInfo.InvariantCulture);

    /// <summary>Always of the same length, as it stands before what it counts.</summary>
    public string OffsetText => Offset.ToString("D15", CultureInfo.InvariantCulture);

    public static int BitsFor(int lines)
    {
        var bits = 0;
        while (bits < MaxBits && lines > LinesPerBucket << bits)
        {
            bits++;
        }

        return bits;
    }

    public static SortedTable? Parse(string bits, string offset) =>
        int.TryParse(bits, NumberStyles.None, CultureInfo.InvariantCulture, out var b) && b <= MaxBits
        && long.TryParse(offset, NumberStyles.None, CultureInfo.InvariantCulture, out var at)
            ? new SortedTable(b, at)
            : null;

    public int BucketOf(ContentKey key) => Bits == 0 ? 0 : (int)(key.A >> (64 - Bits));
}
