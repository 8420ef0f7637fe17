namespace SmartCache.Storage;

/// <summary>How the hash of a source's content is written, and how entries are named by it.</summary>
internal static class ContentName
{
    public static string Of(string contentHash) => contentHash[..KeyPreimage.NameLength];

    public static bool IsHash(string text) => text.Length == 64 && text.All(char.IsAsciiHexDigitLower);
}
