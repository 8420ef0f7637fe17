using System.Security.Cryptography;

namespace SmartCache.Stages.Http;

/// <summary>Whether what came can be a video. It cannot prove that it is one, but an error page that comes with status 200 is told.</summary>
internal static class ContentCheck
{
    private const int SniffLength = 512;

    public static bool IsPageType(string? mediaType) =>
        mediaType is not null
        && (mediaType.Equals("text/html", StringComparison.OrdinalIgnoreCase)
            || mediaType.EndsWith("/json", StringComparison.OrdinalIgnoreCase)
            || mediaType.EndsWith("+json", StringComparison.OrdinalIgnoreCase)
            || mediaType.EndsWith("/xml", StringComparison.OrdinalIgnoreCase)
            || mediaType.EndsWith("+xml", StringComparison.OrdinalIgnoreCase));

    /// <summary>Whether the file begins like HTML, JSON or XML.</summary>
    public static async Task<bool> BeginsLikePageAsync(FileStream file, CancellationToken cancellationToken)
    {
        var buffer = new byte[SniffLength];
        var length = await RandomAccess.ReadAsync(file.SafeFileHandle, buffer, 0, cancellationToken).ConfigureAwait(false);
        return LooksLikePage(buffer.AsSpan(0, length));
    }

    /// <summary>The hash of the whole file, 64 lower-case hexadecimal digits.</summary>
    public static async Task<string> Sha256Async(FileStream file, CancellationToken cancellationToken)
    {
        file.Position = 0;
        return Convert.ToHexStringLower(await SHA256.HashDataAsync(file, cancellationToken).ConfigureAwait(false));
    }

    // All of it must be text: the size of a QuickTime file's first box can begin with any byte, also with '<'.
    private static bool LooksLikePage(ReadOnlySpan<byte> start)
    {
        if (start.StartsWith("\uFEFF"u8))
            start = start[3..];
        start = start.TrimStart(" \t\r\n"u8);
        return start.Length > 0
            && start[0] is (byte)'<' or (byte)'{' or (byte)'['
            && start.IndexOfAnyInRange((byte)0, (byte)8) < 0;
    }
}
