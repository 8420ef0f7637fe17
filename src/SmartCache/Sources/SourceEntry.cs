using SmartCache.Storage;

namespace SmartCache.Sources;

/// <summary>How a source lies in an entry: named by its content, one file <c>source.{ext}</c>.</summary>
internal static class SourceEntry
{
    private const int MaxExtension = 8;

    /// <summary>Whether an entry is this content's. Names are cut to 128 bits, and an entry can be copied to another's name: the whole hash decides.</summary>
    public static bool IsOf(ManifestContent content, string contentHash) => content.Files is [{ } file] && file.Sha256 == contentHash;

    /// <summary>The extension is kept for people and for tools that go by it; anything but a few letters and digits is dropped.</summary>
    public static string FileName(string path)
    {
        var extension = Path.GetExtension(path).TrimStart('.').ToLowerInvariant();
        return extension.Length is > 0 and <= MaxExtension && extension.All(char.IsAsciiLetterOrDigit) ? "source." + extension : "source.bin";
    }
}
