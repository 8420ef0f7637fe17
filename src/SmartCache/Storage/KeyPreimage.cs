using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;

namespace SmartCache.Storage;

/// <summary>
/// Names and values that together are a key. The name on disk is SHA-256 over a canonical form, cut to 128 bits: enough against chance,
/// and against whoever picks the input the whole preimage is stored and compared on a hit.
/// <para>
/// Canonical form: the label, then each name and value in ordinal order of names, every string as its length in bytes (4 bytes, little-endian) and its
/// UTF-8 bytes. Change the label when the form or the meaning of a value changes: old entries are then never found again, instead of found wrongly.
/// </para>
/// </summary>
internal static class KeyPreimage
{
    public const int NameLength = 32;

    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    public static string Name(string label, IReadOnlyDictionary<string, string> values)
    {
        using var sha = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Append(sha, label);
        foreach (var name in values.Keys.Order(StringComparer.Ordinal))
        {
            Append(sha, name);
            Append(sha, values[name]);
        }

        return Convert.ToHexStringLower(sha.GetHashAndReset())[..NameLength];
    }

    /// <summary>Stands in for a value that must not reach the disk because it may carry a credential.</summary>
    public static string Hide(string value) => Convert.ToHexStringLower(SHA256.HashData(BytesOf(value)));

    public static bool AreEqual(IReadOnlyDictionary<string, string> one, IReadOnlyDictionary<string, string> other) =>
        one.Count == other.Count
        && one.All(pair => other.TryGetValue(pair.Key, out var value) && string.Equals(value, pair.Value, StringComparison.Ordinal));

    private static void Append(IncrementalHash sha, string text)
    {
        var bytes = BytesOf(text);
        Span<byte> length = stackalloc byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(length, bytes.Length);
        sha.AppendData(length);
        sha.AppendData(bytes);
    }

    /// <summary>
    /// UTF-8, which turns every unpaired surrogate into the same character: two scopes that differ only in those would be one. Such a text counts
    /// as its UTF-16 units instead, behind a byte that UTF-8 never has.
    /// </summary>
    public static byte[] BytesOf(string text)
    {
        try
        {
            return Strict.GetBytes(text);
        }
        catch (EncoderFallbackException)
        {
            return [0xff, .. MemoryMarshal.AsBytes(text.AsSpan())];
        }
    }
}
