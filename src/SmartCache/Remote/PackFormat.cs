using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text.Json;
using SmartCache.Storage;

namespace SmartCache.Remote;

/// <summary>
/// Format 1 of a pack, which is one entry in one object: <c>SCPACK1\n</c>, the header's length (4 bytes, little-endian), the header's SHA-256 (32 bytes), the header
/// (JSON), then the files' bytes in the header's order.
/// <para>
/// One object, because a put is atomic: there is no manifest without its files, nothing to count or to collect, and whoever deletes an object at any moment causes a
/// miss and no more. Everything in it is checked before anything is believed: whoever can write to the bucket could have written it.
/// </para>
/// </summary>
internal static class PackFormat
{
    public const int Version = 1;

    /// <summary>Before the header.</summary>
    public const int FixedLength = 8 + sizeof(int) + SHA256.HashSizeInBytes;

    public const int MaxHeader = 32 << 20;

    // Thirty years. What is much longer is no time any more.
    private const double MaxCostSeconds = 1e9;

    // A header of 32 MiB in the shortest JSON would be parsed into half a gigabyte.
    private const int MaxValues = (8 * ManifestFormat.MaxFiles) + 100_000;

    private static ReadOnlySpan<byte> Magic => "SCPACK1\n"u8;

    /// <summary>What a pack begins with.</summary>
    /// <exception cref="InvalidDataException">No reader would take it.</exception>
    public static byte[] WriteHead(ManifestContent content)
    {
        var json = JsonSerializer.SerializeToUtf8Bytes(new PackHeader { Content = content }, RemoteJson.Default.PackHeader);
        if (json.Length > MaxHeader || content.Files.Count > ManifestFormat.MaxFiles)
        {
            throw new InvalidDataException($"its header would have {json.Length} bytes and {content.Files.Count} files");
        }

        var head = new byte[FixedLength + json.Length];
        Magic.CopyTo(head);
        BinaryPrimitives.WriteInt32LittleEndian(head.AsSpan(Magic.Length), json.Length);
        SHA256.HashData(json).CopyTo(head, Magic.Length + sizeof(int));
        json.CopyTo(head, FixedLength);
        return head;
    }

    /// <summary>How long the header is.</summary>
    /// <param name="start">The first <see cref="FixedLength"/> bytes.</param>
    /// <param name="objectLength">Of the whole object.</param>
    /// <exception cref="WrongPackException">They do not begin a pack, or one that cannot be whole.</exception>
    public static int HeaderLength(ReadOnlySpan<byte> start, long objectLength)
    {
        if (start.Length < FixedLength || !start.StartsWith(Magic))
        {
            throw new WrongPackException("it does not begin as a pack");
        }

        var length = BinaryPrimitives.ReadInt32LittleEndian(start[Magic.Length..]);
        return length is > 0 and <= MaxHeader && length <= objectLength - FixedLength
            ? length
            : throw new WrongPackException($"its header is said to have {length} bytes");
    }

    /// <summary>The header, checked.</summary>
    /// <param name="start">The first <see cref="FixedLength"/> bytes.</param>
    /// <param name="json">The header's bytes.</param>
    /// <param name="objectLength">Of the whole object.</param>
    /// <exception cref="NewerFormatException">A newer version wrote it: it is left alone.</exception>
    /// <exception cref="WrongPackException">It is no header of a whole pack.</exception>
    public static ManifestContent ReadHeader(ReadOnlySpan<byte> start, ReadOnlySpan<byte> json, long objectLength)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(json, hash);
        if (!hash.SequenceEqual(start[(Magic.Length + sizeof(int))..FixedLength]))
        {
            throw new WrongPackException("its header has another hash");
        }

        ManifestContent content;
        try
        {
            content = Parse(json);
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException or FormatException or ArgumentException or OverflowException)
        {
            throw new WrongPackException("its header is not readable");
        }

        Validate(content, objectLength - FixedLength - json.Length);
        return content;
    }

    private static ManifestContent Parse(ReadOnlySpan<byte> json)
    {
        if (VersionOf(json) is var version && version != Version)
        {
            throw version > Version ? new NewerFormatException(version) : new WrongPackException($"its header has version {version}");
        }

        return JsonSerializer.Deserialize(json, RemoteJson.Default.PackHeader)?.Content ?? throw new WrongPackException("its header is empty");
    }

    // Counts as well: what is parsed into objects takes many times its bytes.
    private static int VersionOf(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = 16 });
        var version = 0;
        for (var values = 0; reader.Read();)
        {
            if (++values > MaxValues)
            {
                throw new WrongPackException("its header holds too much");
            }

            if (reader is { CurrentDepth: 1, TokenType: JsonTokenType.PropertyName } && reader.ValueTextEquals("version"u8))
            {
                reader.Read();
                version = reader.GetInt32();
                if (version > Version)
                {
                    // Whatever it is, it is not for this reader.
                    return version;
                }
            }
        }

        return version;
    }

    private static void Validate(ManifestContent content, long payload)
    {
        if (content.Files.Count is 0 or > ManifestFormat.MaxFiles)
        {
            throw new WrongPackException($"it is said to have {content.Files.Count} files");
        }

        if (content.CostSeconds is not (>= 0 and <= MaxCostSeconds) || content.Key.Values.Contains(null) || content.Properties.Values.Contains(null))
        {
            throw new WrongPackException("its header holds what no manifest can");
        }

        var left = payload;
        var paths = new HashSet<string>(content.Files.Count, StringComparer.Ordinal);
        foreach (var file in content.Files)
        {
            if (file?.Path is null || !EntryPath.IsSafe(file.Path) || file.Path == Manifest.FileName || file.Sha256 is not { Length: 64 } || !ContentName.IsHash(file.Sha256) || file.Length < 0)
            {
                throw new WrongPackException("it names a file that no entry can hold");
            }

            if (!paths.Add(file.Path))
            {
                throw new WrongPackException("it names a file twice");
            }

            // Not the sum at the end: that could run over.
            if ((left -= file.Length) < 0)
            {
                break;
            }
        }

        if (left != 0)
        {
            throw new WrongPackException("its files' lengths are not the object's");
        }

        RefuseNested(content.Files, paths);
    }

    /// <summary>One file cannot be the directory of another.</summary>
    private static void RefuseNested(IReadOnlyList<ManifestFile> files, HashSet<string> paths)
    {
        var lookup = paths.GetAlternateLookup<ReadOnlySpan<char>>();
        foreach (var file in files)
        {
            for (var end = file.Path.LastIndexOf('/'); end > 0; end = file.Path.LastIndexOf('/', end - 1))
            {
                if (lookup.Contains(file.Path.AsSpan(0, end)))
                {
                    throw new WrongPackException("it names a file below another one");
                }
            }
        }
    }
}
