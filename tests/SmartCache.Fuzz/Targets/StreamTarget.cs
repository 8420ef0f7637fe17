using System.Buffers.Binary;
using SmartCache.Sources;

namespace SmartCache.Fuzz.Targets;

/// <summary>ISO files whose boxes lie: no bytes make the walk fail or take long, and no pieces in which they come change what it says.</summary>
internal sealed class StreamTarget : IFuzzTarget
{
    private static readonly string[] Types =
        ["ftyp", "moov", "mdat", "moof", "free", "skip", "wide", "udta", "meta", "trak", "mdia", "minf", "stbl", "stco", "co64", "mvhd", "tkhd", "mdhd", "edts", "elst", "stsz", "uuid", "\0\0\0\0"];

    private static readonly long[] Sizes = [0, 1, 2, 7, 8, 9, 15, 16, 17, 255, 1 << 16, int.MaxValue, uint.MaxValue, long.MaxValue, long.MinValue, -1];

    private readonly byte[] _whole = Whole();

    public string Name => "streams";

    public int Weight => 25;

    public void Dispose()
    {
    }

    public void Run(FuzzRandom random)
    {
        var bytes = random.Below(3) switch
        {
            0 => Boxes(random, 0),
            1 => ByteMutator.Mutate(_whole, _whole, random),
            _ => [.. _whole, .. Boxes(random, 0)],
        };
        var atOnce = Streams(bytes, bytes.Length + 1);
        FuzzFailureException.Unless(Streams(bytes, 1 + random.Below(300)) == atOnce, "pieces change what is said");
        FuzzFailureException.Unless(atOnce is null or { Length: 64 }, "what is said is no hash");

        // Any one byte of the payload.
        var changed = _whole.ToArray();
        changed[24 + random.Below(700)] ^= (byte)(1 + random.Below(255));
        FuzzFailureException.Unless(Streams(changed, 100) is { } other && other != Streams(_whole, 100), "a changed payload is the same");
    }

    private static string? Streams(byte[] bytes, int atOnce)
    {
        var identity = new StreamIdentity();
        foreach (var piece in bytes.Chunk(atOnce))
        {
            identity.See(piece);
        }

        return identity.End();
    }

    // ftyp of 16 bytes, a payload of 700, tables with offsets.
    private static byte[] Whole()
    {
        var payload = new byte[700];
        new Random(1).NextBytes(payload);
        var table = Box("stbl", [.. Box("stsz", new byte[12]), .. Box("stco", [0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 24])]);
        var track = Box("trak", [.. Box("tkhd", new byte[84]), .. Box("mdia", [.. Box("mdhd", new byte[24]), .. Box("minf", table)])]);
        return [.. Box("ftyp", new byte[8]), .. Box("mdat", payload), .. Box("moov", [.. Box("mvhd", new byte[100]), .. track, .. Box("udta", new byte[20])])];
    }

    private static byte[] Boxes(FuzzRandom random, int depth)
    {
        var boxes = new List<byte>();
        for (var count = random.Below(6); count > 0; count--)
        {
            var content = depth < 40 && random.Chance(40) ? Boxes(random, depth + 1) : new byte[random.Below(random.Chance(5) ? 5000 : 40)];
            if (random.Chance(30))
            {
                random.Fill(content);
            }

            var box = Box(random.Pick(Types), content);
            if (random.Chance(15))
            {
                BinaryPrimitives.WriteUInt32BigEndian(box, (uint)random.Pick(Sizes));
            }

            if (random.Chance(5) && box.Length >= 16)
            {
                BinaryPrimitives.WriteUInt32BigEndian(box, 1);
                BinaryPrimitives.WriteInt64BigEndian(box.AsSpan(8), random.Pick(Sizes));
            }

            boxes.AddRange(box);
        }

        return [.. boxes];
    }

    private static byte[] Box(string type, byte[] content)
    {
        var box = new byte[content.Length + 8];
        BinaryPrimitives.WriteInt32BigEndian(box, box.Length);
        System.Text.Encoding.ASCII.GetBytes(type, box.AsSpan(4));
        content.CopyTo(box, 8);
        return box;
    }
}
