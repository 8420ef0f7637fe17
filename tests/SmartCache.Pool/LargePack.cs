using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using SmartCache.Remote;
using SmartCache.Storage;

namespace SmartCache.Pool;

/// <summary>A wrong pack that is large, in a file: in the memory of this process it would count, and change how its garbage is collected.</summary>
internal sealed class LargePack : IObjectBody
{
    private readonly string _path;

    private LargePack(string path) => (_path, Length) = (path, new FileInfo(path).Length);

    public long Length { get; }

    /// <summary>Those that no entry can be, with what they are.</summary>
    public static (string Kind, LargePack Pack)[] Make(string directory) =>
    [
        ("a million files, in a header that may be so long", new(Write(directory, "short", 1_000_000, static (_, json) => json.Append("{\"path\":\"f\"}")))),
        ("a million files, whole", new(Write(directory, "whole", 1_000_000, AppendFile))),
        ("header as long as allowed", new(WriteLong(directory))),
    ];

    /// <summary>One with as many files as an entry may have, all of them wrong. What its list takes, a right one takes as well.</summary>
    public static (string Kind, LargePack Pack)[] MakeAllowed(string directory) =>
        [("as many files as allowed, all wrong", new(Write(directory, "allowed", ManifestFormat.MaxFiles, AppendFile)))];

    public Stream Open(long offset, long count)
    {
        var stream = new FileStream(_path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0);
        stream.Position = offset;
        return stream;
    }

    private static void AppendFile(int number, StringBuilder json) =>
        json.Append(CultureInfo.InvariantCulture, $"{{\"path\":\"files/seg{number}.ts\",\"length\":0,\"sha256\":\"{new string('0', 64)}\"}}");

    private static string Write(string directory, string name, int count, Action<int, StringBuilder> append)
    {
        var json = new StringBuilder("{\"version\":1,\"content\":{\"created\":\"1970-01-01T00:00:00+00:00\",\"key\":{},\"properties\":{},\"files\":[");
        for (var number = 0; number < count; number++)
        {
            append(number, number == 0 ? json : json.Append(','));
        }

        return WriteHeader(directory, name, Encoding.UTF8.GetBytes(json.Append("]}}").ToString()));
    }

    private static string WriteLong(string directory)
    {
        // White space is JSON.
        var json = new byte[PackFormat.MaxHeader];
        json.AsSpan().Fill((byte)' ');
        return WriteHeader(directory, "long", json);
    }

    private static string WriteHeader(string directory, string name, byte[] json)
    {
        var path = Path.Combine(directory, name);
        var length = new byte[sizeof(int)];
        BinaryPrimitives.WriteInt32LittleEndian(length, json.Length);
        using var file = File.Create(path);
        file.Write("SCPACK1\n"u8);
        file.Write(length);
        file.Write(SHA256.HashData(json));
        file.Write(json);
        return path;
    }
}
