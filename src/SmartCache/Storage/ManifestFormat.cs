using System.Buffers;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace SmartCache.Storage;

/// <summary>
/// Writes and reads <c>manifest.json</c>: <c>{"version":1,"checksum":SHA-256 of the version's digits and the content's bytes,"content":{…},"local":{"modified":[…],"modes":[…]}}</c>.
/// Raise <see cref="Version"/> only when an older reader would misread the content; unknown fields are ignored.
/// </summary>
internal static class ManifestFormat
{
    public const int Version = 1;
    public const int MaxBytes = 32 << 20;
    public const int MaxFiles = 100_000;

    /// <summary>Of a new one. Times that are written into it later may have more digits.</summary>
    public const int MaxNewBytes = MaxBytes - (20 * MaxFiles);

    public static byte[] Write(Manifest manifest)
    {
        var content = JsonSerializer.SerializeToUtf8Bytes(manifest.Content, ManifestJson.Default.ManifestContent);
        var output = new ArrayBufferWriter<byte>(content.Length + 1024);
        using (var writer = new Utf8JsonWriter(output, new JsonWriterOptions { Indented = true }))
        {
            writer.WriteStartObject();
            writer.WriteNumber("version", Version);
            writer.WriteString("checksum", Checksum(Version, content));
            writer.WritePropertyName("content");
            writer.WriteRawValue(content, skipInputValidation: true);
            writer.WriteStartObject("local");
            writer.WritePropertyName("modified");
            JsonSerializer.Serialize(writer, manifest.Modified, ManifestJson.Default.IReadOnlyListInt64);
            if (manifest.Modes is { } modes)
            {
                writer.WritePropertyName("modes");
                JsonSerializer.Serialize(writer, modes, ManifestJson.Default.IReadOnlyListInt32);
            }

            writer.WriteEndObject();
            writer.WriteEndObject();
        }

        return output.WrittenSpan.ToArray();
    }

    /// <exception cref="NewerFormatException">Written by a newer version: leave it alone.</exception>
    /// <exception cref="InvalidDataException">These bytes are no whole manifest.</exception>
    public static Manifest Parse(ReadOnlySpan<byte> utf8)
    {
        try
        {
            return ParseEnvelope(utf8);
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException or FormatException or ArgumentException)
        {
            throw new InvalidDataException($"The manifest is not readable: {exception.Message}", exception);
        }
    }

    private static Manifest ParseEnvelope(ReadOnlySpan<byte> utf8)
    {
        var reader = new Utf8JsonReader(utf8, new JsonReaderOptions { MaxDepth = 16 });
        int? version = null;
        string? checksum = null;
        IReadOnlyList<long>? modified = null;
        IReadOnlyList<int>? modes = null;
        var contentBytes = default(ReadOnlySpan<byte>);
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = reader.GetString();
            reader.Read();
            switch (name)
            {
                case "version":
                    version = VersionAt(reader, utf8);
                    break;
                case "checksum":
                    checksum = reader.GetString();
                    break;
                case "content":
                    var start = (int)reader.TokenStartIndex;
                    reader.Skip();
                    contentBytes = utf8[start..(int)reader.BytesConsumed];
                    break;
                case "local":
                    (modified, modes) = ReadLocal(ref reader);
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        if (version is null || contentBytes.IsEmpty || modified is null)
        {
            throw new InvalidDataException("The manifest lacks its version, content or local part.");
        }

        // A flipped bit in a number or a name would still be JSON.
        if (checksum != Checksum(version.Value, contentBytes))
        {
            throw new InvalidDataException("The manifest's checksum does not match its content.");
        }

        var content = JsonSerializer.Deserialize(contentBytes, ManifestJson.Default.ManifestContent)
            ?? throw new InvalidDataException("The manifest's content is null.");
        Validate(content, modified);
        return new Manifest(content, modified) { Modes = modes?.Count == modified.Count && modes.All(IsMode) ? modes : null };
    }

    /// <exception cref="NewerFormatException">It is one that this version does not know.</exception>
    private static int VersionAt(Utf8JsonReader reader, ReadOnlySpan<byte> utf8)
    {
        var version = reader.GetInt32();
        return version <= Version ? version
            : IsWholeAs(Version, reader, utf8) ? throw new InvalidDataException("The digits of the manifest's version are damaged.")
            : throw new NewerFormatException(version);
    }

    /// <summary>Over the version too: one flipped digit of it would make a manifest newer, which nobody may touch.</summary>
    private static string Checksum(int version, ReadOnlySpan<byte> content)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.ASCII.GetBytes(version.ToString(CultureInfo.InvariantCulture)));
        hash.AppendData(content);
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <summary>Whether what stands behind a version belongs to another one. A newer form may be any JSON.</summary>
    private static bool IsWholeAs(int version, Utf8JsonReader reader, ReadOnlySpan<byte> utf8)
    {
        string? checksum = null;
        var content = default(ReadOnlySpan<byte>);
        try
        {
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                var isChecksum = reader.ValueTextEquals("checksum"u8);
                var isContent = reader.ValueTextEquals("content"u8);
                reader.Read();
                var start = (int)reader.TokenStartIndex;
                checksum = isChecksum && reader.TokenType == JsonTokenType.String ? reader.GetString() : checksum;
                reader.Skip();
                content = isContent ? utf8[start..(int)reader.BytesConsumed] : content;
            }
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            return false;
        }

        return checksum == Checksum(version, content);
    }

    // No checksum is over the local part, and a job must be able to read what it is given.
    private static bool IsMode(int mode) => mode is > 0 and <= 0b111_111_111 && ((UnixFileMode)mode).HasFlag(UnixFileMode.UserRead);

    private static (IReadOnlyList<long>? Modified, IReadOnlyList<int>? Modes) ReadLocal(ref Utf8JsonReader reader)
    {
        IReadOnlyList<long>? modified = null;
        IReadOnlyList<int>? modes = null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isModified = reader.ValueTextEquals("modified"u8);
            var isModes = reader.ValueTextEquals("modes"u8);
            reader.Read();
            if (isModified)
            {
                modified = JsonSerializer.Deserialize(ref reader, ManifestJson.Default.IReadOnlyListInt64);
            }
            else if (isModes)
            {
                modes = JsonSerializer.Deserialize(ref reader, ManifestJson.Default.IReadOnlyListInt32);
            }
            else
            {
                reader.Skip();
            }
        }

        return (modified, modes);
    }

    private static void Validate(ManifestContent content, IReadOnlyList<long> modified)
    {
        if (content.Files.Count is 0 or > MaxFiles || content.Files.Count != modified.Count)
        {
            throw new InvalidDataException($"The manifest names {content.Files.Count} files and {modified.Count} times.");
        }

        // 1e999 is read as infinity, which cannot be written again.
        if (!double.IsFinite(content.CostSeconds))
        {
            throw new InvalidDataException("The manifest's cost is no number.");
        }

        if (content.Key.Values.Contains(null) || content.Properties.Values.Contains(null))
        {
            throw new InvalidDataException("The manifest's key or properties hold a null.");
        }

        foreach (var file in content.Files)
        {
            // The serializer refuses null for a property, not for an element, and gives null for one that is absent.
            if (file?.Path is null || !EntryPath.IsSafe(file.Path) || file.Length < 0 || file.Sha256 is not { Length: 64 } || file.Path == Manifest.FileName)
            {
                throw new InvalidDataException("The manifest names a file that no entry can hold.");
            }
        }
    }
}
