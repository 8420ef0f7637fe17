using System.Security.Cryptography;
using System.Text;

namespace SmartCache.Storage;

/// <summary>
/// A line of an append-only journal: <c>checksum body</c>. The checksum is the first 8 bytes of the SHA-256 of the body: the base class library has no CRC, SHA-256 costs 0.2 µs
/// a line where the processor has it, and 64 bits leave no room for a torn or mixed line that passes by chance. It guards against accidents, not against forgers.
/// </summary>
internal static class ChecksummedLine
{
    /// <summary>Hexadecimal digits in front of a line; a space and the body follow.</summary>
    public const int ChecksumLength = 16;

    /// <summary>The line with a newline on both sides: whatever torn line lies before it, this one stands alone.</summary>
    /// <param name="body">ASCII: everything else is percent-encoded.</param>
    public static byte[] Of(string body)
    {
        var line = new byte[1 + ChecksumLength + 1 + body.Length + 1];
        line[0] = (byte)'\n';
        line[1 + ChecksumLength] = (byte)' ';
        line[^1] = (byte)'\n';
        var content = line.AsSpan(2 + ChecksumLength, body.Length);
        Encoding.ASCII.GetBytes(body, content);
        WriteChecksum(content, line.AsSpan(1, ChecksumLength));
        return line;
    }

    /// <summary>Whether the line, without its newlines, is as it was written.</summary>
    public static bool IsIntact(ReadOnlySpan<byte> line)
    {
        Span<byte> checksum = stackalloc byte[ChecksumLength];
        if (line.Length <= ChecksumLength + 1)
        {
            return false;
        }

        WriteChecksum(line[(ChecksumLength + 1)..], checksum);
        return checksum.SequenceEqual(line[..ChecksumLength]);
    }

    private static void WriteChecksum(ReadOnlySpan<byte> content, Span<byte> destination)
    {
        Span<byte> sha = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(content, sha);
        Convert.TryToHexStringLower(sha[..(ChecksumLength / 2)], destination, out _);
    }
}
