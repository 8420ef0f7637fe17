using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace SmartCache.Abstractions;

/// <summary>
/// 64 bits that stand for a key or a job in tables, saved state and the history: small, the same in every process,
/// and they do not show a job id that came from outside.
/// </summary>
internal static class NameHash
{
    /// <summary>The hash of the video that an entry belongs to: a source is named by its content, and a profile begins with the name of its source.</summary>
    public static ulong OfVideo(string? name) => Of(name?.IndexOf('_', StringComparison.Ordinal) is > 0 and var end ? name[..end] : name);

    /// <returns>The hash, never 0 for a name; 0 for none.</returns>
    public static ulong Of(string? name)
    {
        if (string.IsNullOrEmpty(name))
            return 0;
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(MemoryMarshal.AsBytes(name.AsSpan()), hash);
        return BinaryPrimitives.ReadUInt64BigEndian(hash) | 1;
    }

    /// <returns>The hash as 16 digits: all 64 bits of it.</returns>
    public static string TextOf(string name)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];

        // Over UTF-16, not UTF-8: names that differ only in unpaired surrogates must stay two.
        SHA256.HashData(MemoryMarshal.AsBytes(name.AsSpan()), hash);
        return Convert.ToHexStringLower(hash[..8]);
    }
}
