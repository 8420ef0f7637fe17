using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using SmartCache.Remote;
using SmartCache.Storage;

namespace SmartCache.Tests.Remote;

/// <summary>Packs, right and wrong ones.</summary>
internal static class Packs
{
    public static ManifestContent Content(params (string Path, byte[] Bytes)[] files) => new()
    {
        Created = DateTimeOffset.UnixEpoch,
        Files = [.. files.Select(static file => new ManifestFile(file.Path, file.Bytes.Length, Convert.ToHexStringLower(SHA256.HashData(file.Bytes))))],
        Key = new Dictionary<string, string> { ["content"] = "x" },
        Properties = new Dictionary<string, string>(),
        CostSeconds = 3600,
    };

    public static byte[] Of(ManifestContent content, params byte[][] files)
    {
        var head = PackFormat.WriteHead(content);
        var pack = new byte[head.Length + files.Sum(static file => (long)file.Length)];
        head.CopyTo(pack, 0);
        var at = head.Length;
        foreach (var file in files)
        {
            file.CopyTo(pack, at);
            at += file.Length;
        }

        return pack;
    }

    /// <summary>A header of one's own, with its right hash.</summary>
    public static byte[] Sealed(string json, params byte[][] files)
    {
        var header = Encoding.UTF8.GetBytes(json);
        var length = new byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(length, header.Length);
        return [.. "SCPACK1\n"u8, .. length, .. SHA256.HashData(header), .. header, .. files.SelectMany(static file => file)];
    }

    public static byte[] Newer() => Sealed("""{"version":2,"anything":[1,2,3]}""", Encoding.UTF8.GetBytes("and more"));
}
