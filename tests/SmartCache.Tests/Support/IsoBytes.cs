using System.Buffers.Binary;
using System.Text;

namespace SmartCache.Tests.Support;

/// <summary>ISO files of a few hundred bytes, put together box by box.</summary>
internal static class IsoBytes
{
    public const int PayloadLength = 3000;

    private static readonly byte[] Brand = Box("ftyp", Encoding.ASCII.GetBytes("isom\0\0\u0002\0isom"));

    /// <summary>A box with its length in 32 bits, or 64.</summary>
    public static byte[] Box(string type, byte[] content, bool isLong = false) => isLong
        ? [0, 0, 0, 1, .. Encoding.ASCII.GetBytes(type), .. Number64(content.Length + 16), .. content]
        : [.. Number(content.Length + 8), .. Encoding.ASCII.GetBytes(type), .. content];

    /// <summary>A file with its tables behind its payload.</summary>
    public static byte[] File(
        byte[]? payload = null, string title = "", int created = 1, int sample = 7, int rotation = 0, int edit = 0, bool isFast = false, bool isLong = false, byte[]? between = null, bool isWide = false)
    {
        payload ??= Bytes.Random(PayloadLength);
        between ??= [];
        var data = Box("mdat", payload, isLong);
        var header = data.Length - payload.Length;
        var length = Movie(0, title, created, sample, rotation, edit, isWide).Length;
        var start = Brand.Length + between.Length + (isFast ? length : 0) + header;
        var movie = Movie(start, title, created, sample, rotation, edit, isWide);
        return isFast ? [.. Brand, .. movie, .. between, .. data] : [.. Brand, .. between, .. data, .. movie];
    }

    /// <summary>What the identity of streams says of the bytes when it sees so many at a time.</summary>
    public static string? Streams(byte[] file, int atOnce = int.MaxValue)
    {
        var identity = new SmartCache.Sources.StreamIdentity();
        for (var at = 0; at < file.Length; at += Math.Min(atOnce, file.Length - at))
        {
            identity.See(file.AsSpan(at, Math.Min(atOnce, file.Length - at)));
        }

        return identity.End();
    }

    private static byte[] Movie(long start, string title, int created, int sample, int rotation, int edit, bool isWide)
    {
        byte[] times = [0, 0, 0, 0, .. Number(created), .. Number(created + 1)];
        byte[] offsets = isWide
            ? Box("co64", [.. Number(0), .. Number(2), .. Number64(start), .. Number64(start + 100)])
            : Box("stco", [.. Number(0), .. Number(2), .. Number((int)start), .. Number((int)start + 100)]);
        var table = Box("stbl", [.. Box("stsz", [.. Number(0), .. Number(sample)]), .. offsets]);
        var media = Box("mdia", [.. Box("mdhd", [.. times, .. Number(25)]), .. Box("minf", table)]);
        var track = Box("trak", [.. Box("tkhd", [.. times, .. Number(rotation)]), .. Box("edts", Box("elst", Number(edit))), .. media]);
        byte[] named = title.Length == 0 ? [] : Box("udta", Box("meta", Encoding.UTF8.GetBytes(title)));
        return Box("moov", [.. Box("mvhd", [.. times, .. Number(1000)]), .. track, .. named]);
    }

    private static byte[] Number(int number)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(bytes, number);
        return bytes;
    }

    private static byte[] Number64(long number)
    {
        var bytes = new byte[8];
        BinaryPrimitives.WriteInt64BigEndian(bytes, number);
        return bytes;
    }
}
