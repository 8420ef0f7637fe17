using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace SmartCache.Uploads;

/// <summary>A SHA-256 as a value, so that a journal of a million records is looked through without a string for each.</summary>
internal readonly record struct ContentKey(ulong A, ulong B, ulong C, ulong D) : IComparable<ContentKey>
{
    public const int HexLength = 64;

    /// <summary>Parses 64 lower-case hexadecimal digits.</summary>
    public static bool TryParse(ReadOnlySpan<byte> hex, out ContentKey key)
    {
        Span<byte> bytes = stackalloc byte[32];
        if (hex.Length != HexLength
            || hex.ContainsAnyInRange((byte)'A', (byte)'F')
            || Convert.FromHexString(hex, bytes, out _, out _) != OperationStatus.Done)
        {
            key = default;
            return false;
        }

        key = FromBytes(bytes);
        return true;
    }

    public static bool TryParse(string? hex, out ContentKey key)
    {
        Span<byte> utf8 = stackalloc byte[HexLength];
        key = default;
        return hex is { Length: HexLength } && Encoding.UTF8.TryGetBytes(hex, utf8, out var written) && TryParse(utf8[..written], out key);
    }

    public static ContentKey FromBytes(ReadOnlySpan<byte> sha256) => new(
        BinaryPrimitives.ReadUInt64BigEndian(sha256),
        BinaryPrimitives.ReadUInt64BigEndian(sha256[8..]),
        BinaryPrimitives.ReadUInt64BigEndian(sha256[16..]),
        BinaryPrimitives.ReadUInt64BigEndian(sha256[24..]));

    public int CompareTo(ContentKey other) => (A, B, C, D).CompareTo((other.A, other.B, other.C, other.D));

    public override string ToString() => $"{A:x16}{B:x16}{C:x16}{D:x16}";
}
