namespace SmartCache.Sources;

/// <summary><c>sha256:HEX</c> and <c>ipfs:CID</c>. Hexadecimal digits are one thing in either case; a base58 CID is not.</summary>
internal static class ContentId
{
    private const string Sha256Prefix = "sha256:";

    public static string Normalize(string contentId)
    {
        var trimmed = contentId.Trim();
        var colon = trimmed.IndexOf(':', StringComparison.Ordinal);
        if (colon < 0)
        {
            return trimmed;
        }

        var scheme = trimmed[..(colon + 1)].ToLowerInvariant();
        var id = trimmed[(colon + 1)..];
        return scheme + (scheme == Sha256Prefix ? id.ToLowerInvariant() : id);
    }

    public static string? Sha256Of(string normalized) =>
        normalized.StartsWith(Sha256Prefix, StringComparison.Ordinal) && normalized.Length == Sha256Prefix.Length + 64
            ? normalized[Sha256Prefix.Length..]
            : null;
}
