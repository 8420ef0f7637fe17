using SmartCache.Storage;

namespace SmartCache.Sources;

/// <summary>How a source lies in an entry: named by its content, one file <c>source.{ext}</c>.</summary>
internal static class SourceEntry
{
    private const int MaxExtension = 8;

    public static string NameOf(string contentHash) => contentHash[..KeyPreimage.NameLength];

    public static bool IsContentHash(string text) => text.Length == 64 && text.All(char.IsAsciiHexDigitLower);

    /// <summary>The extension is kept for people and for tools that go by it; anything but a few letters and digits is dropped.</summary>
    public static string FileName(string path)
    {
        var extension = Path.GetExtension(path).TrimStart('.').ToLowerInvariant();
        return extension.Length is > 0 and <= MaxExtension && extension.All(char.IsAsciiLetterOrDigit) ? "source." + extension : "source.bin";
    }
}
