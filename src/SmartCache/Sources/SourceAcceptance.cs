using System.Text;
using Microsoft.Win32.SafeHandles;
using SmartCache.Storage.Platform;

namespace SmartCache.Sources;

/// <summary>Whether a download may be a video at all. Gateways answer errors with status 200, and a cache that keeps the page serves it for ever.</summary>
internal static class SourceAcceptance
{
    private const int MinLength = 1024;
    private const int SniffLength = 512;

    /// <summary>Why the file is not stored; <see langword="null"/> where nothing speaks against it.</summary>
    public static string? Refuse(FileSystem files, string path, long? expectedLength)
    {
        using var handle = files.OpenRead(path);
        var length = RandomAccess.GetLength(handle);
        if (expectedLength is { } expected && length != expected)
        {
            return $"it has {length} bytes, {expected} were expected";
        }

        if (length < MinLength)
        {
            return $"it has only {length} bytes";
        }

        return LooksLikeText(handle) ? "it looks like HTML, XML, JSON or a list of other files, not like a video" : null;
    }

    private static bool LooksLikeText(SafeFileHandle handle)
    {
        Span<byte> head = stackalloc byte[SniffLength];
        var read = RandomAccess.Read(handle, head, 0);
        var text = Encoding.UTF8.GetString(head[..read]).TrimStart('\ufeff', ' ', '\t', '\r', '\n');

        // All of it must be text: the size of a QuickTime file's first box can begin with any byte, also with '<'.
        // A playlist's bytes are not the video's: what it names may change, or belong to somebody else.
        return text.Length > 0
            && (text[0] is '<' or '{' or '[' || text.StartsWith("#EXTM3U", StringComparison.Ordinal) || text.StartsWith("ffconcat ", StringComparison.Ordinal))
            && !text.AsSpan().ContainsAnyInRange('\0', '\b');
    }
}
