using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using SmartCache.Remote;
using SmartCache.Tests.Remote;

namespace SmartCache.Pool;

/// <summary>Spoils one pack in every way that somebody who can write to the bucket might. What has another header has its right hash, so that only the checks behind that can find it.</summary>
/// <param name="pack">The right one.</param>
/// <param name="other">A right one of something else.</param>
/// <param name="outside">A directory that is not the job's.</param>
internal sealed class Spoils(byte[] pack, byte[] other, string outside)
{
    private const int LengthAt = 8;
    private const string Playlist = "files/index.m3u8";

    private static readonly byte[] _html = "<!DOCTYPE html><html><head><title>502 Bad Gateway</title></head><body><h1>502</h1></body></html>"u8.ToArray();

    private readonly (string Kind, int Weight, Func<Random, byte[]> Make)[] _kinds =
    [
        ("bits flipped", 1500, random => Flip(pack, random)),
        ("cut", 1000, random => pack[..random.Next(pack.Length)]),
        ("extended", 1000, random => [.. pack, .. RandomBytes(random, random.Next(1, 3000))]),
        ("two pieces swapped", 500, random => SwapPieces(pack, random)),
        ("beginning of one, end of another", 500, random => [.. pack[..random.Next(1, pack.Length)], .. other[random.Next(1, other.Length)..]]),
        ("two files' bytes swapped", 1000, random => SwapFiles(pack, random)),
        ("length of the header", 1000, random => SpoilLength(pack, random)),
        ("path that leads out", 1500, random => WithPath(pack, random, outside)),
        ("path twice, or below another file", 700, random => WithPathTwice(pack, random)),
        ("wrong key", 700, random => WithWrongKey(pack, other, random)),
        ("wrong hash of a file", 700, random => WithFile(pack, random, static (file, random) => file["sha256"] = Convert.ToHexStringLower(RandomBytes(random, 32)))),
        ("wrong length of a file", 500, random => WithFile(pack, random, static (file, random) => file["length"] = random.Next(4) == 0 ? long.MaxValue : (long)file["length"]! + (random.Next(1, 5000) * (random.Next(2) == 0 ? 1 : -1)))),
        ("newer version", 500, static random => random.Next(2) == 0 ? Packs.Newer() : Packs.Sealed($"{{\"content\":[],\"version\":{random.Next(2, int.MaxValue)}}}")),
        ("header of another shape", 500, random => WithoutPart(pack, random)),
        ("playlist that leads out", 1000, random => WithPlaylist(pack, random, outside)),
        ("random bytes", 500, static random => RandomBytes(random, random.Next(1, 5000))),
        ("empty", 200, static _ => []),
        ("a page", 500, static _ => _html),
    ];

    /// <summary>The next wrong pack.</summary>
    public (string Kind, IObjectBody Pack) Next(Random random)
    {
        while (true)
        {
            var drawn = random.Next(_kinds.Sum(static kind => kind.Weight));
            var (kind, _, make) = _kinds.First(kind => (drawn -= kind.Weight) < 0);
            var bytes = make(random);
            if (!bytes.AsSpan().SequenceEqual(pack))
            {
                return (kind, new BytesBody(bytes));
            }
        }
    }

    private static byte[] Flip(byte[] pack, Random random)
    {
        var bytes = (byte[])pack.Clone();
        for (var flips = random.Next(1, 4); flips > 0; flips--)
        {
            bytes[random.Next(bytes.Length)] ^= (byte)(1 << random.Next(8));
        }

        return bytes;
    }

    private static byte[] SwapPieces(byte[] pack, Random random)
    {
        var bytes = (byte[])pack.Clone();
        var (from, to) = (random.Next(bytes.Length), random.Next(bytes.Length));
        var length = random.Next(Math.Min(bytes.Length - from, bytes.Length - to));
        pack.AsSpan(from, length).CopyTo(bytes.AsSpan(to));
        pack.AsSpan(to, length).CopyTo(bytes.AsSpan(from));
        return bytes;
    }

    private static byte[] SwapFiles(byte[] pack, Random random)
    {
        var (header, payload) = Open(pack);
        if (payload.Count < 2)
        {
            payload[0] = RandomBytes(random, payload[0].Length);
        }
        else
        {
            var one = random.Next(payload.Count);
            var two = (one + random.Next(1, payload.Count)) % payload.Count;
            (payload[one], payload[two]) = (payload[two], payload[one]);
        }

        return Packs.Sealed(header.ToJsonString(), [.. payload]);
    }

    private static byte[] SpoilLength(byte[] pack, Random random)
    {
        int[] lengths = [int.MaxValue, int.MinValue, -1, 0, 1, PackFormat.MaxHeader, PackFormat.MaxHeader + 1, random.Next(), pack.Length - PackFormat.FixedLength, random.Next(pack.Length)];
        return Begin(lengths[random.Next(lengths.Length)], (byte[])pack.Clone());
    }

    private static byte[] Begin(int length, byte[] bytes)
    {
        "SCPACK1\n"u8.CopyTo(bytes);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(LengthAt), length);
        return bytes;
    }

    private static byte[] WithPath(byte[] pack, Random random, string outside)
    {
        string[] paths =
        [
            "../out.ts", "../../out.ts", "files/../out.ts", "files/../../out.ts", "files/../../../bait.ts", "files/seg/../../../../bait.ts", outside + "/bait.ts", outside + "/new.ts",
            "/" + outside + "/bait.ts", "files/" + outside + "/../../bait.ts", "files//seg.ts", "files/./seg.ts", "files/..", "files/", "..", ".", "", "/", "files\\..\\..\\bait.ts", "..\\bait.ts",
            "files/seg\0.ts", "files/seg\n.ts", "files/" + new string('a', 2000), "files/seg.ts.", "files/seg.ts ", "files/NUL", "files/con.ts", "files/\u007f",
        ];
        return WithFile(pack, random, (file, random) => file["path"] = paths[random.Next(paths.Length)]);
    }

    private static byte[] WithPathTwice(byte[] pack, Random random)
    {
        var (header, payload) = Open(pack);
        var files = header["content"]!["files"]!.AsArray();
        var path = (string)files[random.Next(files.Count)]!["path"]!;
        files.Add(new JsonObject { ["path"] = random.Next(2) == 0 ? path : path + "/below.ts", ["length"] = 0, ["sha256"] = Convert.ToHexStringLower(SHA256.HashData([])) });
        return Packs.Sealed(header.ToJsonString(), [.. payload]);
    }

    private static byte[] WithWrongKey(byte[] pack, byte[] other, Random random)
    {
        if (random.Next(2) == 0)
        {
            return other;
        }

        var (header, payload) = Open(pack);
        var key = header["content"]!["key"]!.AsObject();
        var name = key.ElementAt(random.Next(key.Count)).Key;
        key[name] = (string)key[name]! + "x";
        return Packs.Sealed(header.ToJsonString(), [.. payload]);
    }

    private static byte[] WithFile(byte[] pack, Random random, Action<JsonNode, Random> spoil)
    {
        var (header, payload) = Open(pack);
        var files = header["content"]!["files"]!.AsArray();
        spoil(files[random.Next(files.Count)]!, random);
        return Packs.Sealed(header.ToJsonString(), [.. payload]);
    }

    private static byte[] WithoutPart(byte[] pack, Random random)
    {
        var (header, payload) = Open(pack);
        var content = header["content"]!.AsObject();
        string[] needed = ["files", "key", "properties"];
        var name = needed[random.Next(needed.Length)];
        JsonNode?[] values = [null, 1, "text", new JsonArray(1, null), new JsonObject { ["a"] = null }];
        content[name] = values[random.Next(values.Length)];
        if (random.Next(4) == 0)
        {
            content.Remove(name);
        }

        var json = header.ToJsonString();
        return Packs.Sealed(random.Next(4) == 0 ? json[..random.Next(json.Length)] : json, [.. payload]);
    }

    /// <summary>Everything in it is right, but that its playlist needs what is not in it.</summary>
    private static byte[] WithPlaylist(byte[] pack, Random random, string outside)
    {
        var (header, payload) = Open(pack);
        var files = header["content"]!["files"]!.AsArray();
        var index = files.ToList().FindIndex(static file => (string)file!["path"]! == Playlist);
        if (index < 0)
        {
            return WithFile(pack, random, static (file, random) => file["sha256"] = Convert.ToHexStringLower(RandomBytes(random, 32)));
        }

        string[] uris = ["../bait.ts", "../../bait.ts", "%2e%2e/bait.ts", outside + "/bait.ts", "file://" + outside + "/bait.ts", "http://origin.example/bait.ts", "absent.ts", "sub/../../bait.ts"];
        var lines = Encoding.UTF8.GetString(payload[index]).Split('\n');
        var segments = Enumerable.Range(0, lines.Length).Where(line => lines[line].StartsWith("seg", StringComparison.Ordinal)).ToArray();
        lines[segments[random.Next(segments.Length)]] = uris[random.Next(uris.Length)];
        payload[index] = Encoding.UTF8.GetBytes(string.Join('\n', lines));
        files[index]!["length"] = payload[index].Length;
        files[index]!["sha256"] = Convert.ToHexStringLower(SHA256.HashData(payload[index]));
        return Packs.Sealed(header.ToJsonString(), [.. payload]);
    }

    private static (JsonNode Header, List<byte[]> Payload) Open(byte[] pack)
    {
        var length = BinaryPrimitives.ReadInt32LittleEndian(pack.AsSpan(LengthAt));
        var header = JsonNode.Parse(pack.AsSpan(PackFormat.FixedLength, length))!;
        var payload = new List<byte[]>();
        var at = PackFormat.FixedLength + length;
        foreach (var file in header["content"]!["files"]!.AsArray())
        {
            var bytes = (int)file!["length"]!;
            payload.Add(pack[at..(at + bytes)]);
            at += bytes;
        }

        return (header, payload);
    }

    private static byte[] RandomBytes(Random random, int count)
    {
        var bytes = new byte[count];
        random.NextBytes(bytes);
        return bytes;
    }
}
