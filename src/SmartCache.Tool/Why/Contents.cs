namespace SmartCache.Tool.Why;

/// <summary>How a source's content is written, and how entries are named by it: docs/format.md.</summary>
internal static class Contents
{
    private const int NameDigits = 32;
    private const int HashDigits = 64;
    private const string Sha256 = "sha256:";

    /// <summary>The whole hash, where a text is one, with <c>sha256:</c> in front or without.</summary>
    public static string? HashIn(string text)
    {
        var digits = text.StartsWith(Sha256, StringComparison.OrdinalIgnoreCase) ? text[Sha256.Length..] : text;
        return digits.Length == HashDigits && digits.All(char.IsAsciiHexDigit) ? digits.ToLowerInvariant() : null;
    }

    /// <summary>The name of the source's entry, and the first half of those of its profiles.</summary>
    public static string NameOf(string contentHash) => contentHash[..NameDigits];

    /// <summary>The same of an entry's name.</summary>
    public static string SourceOf(string entry) => entry.Split('_')[0];

    public static bool IsProfile(string entry) => entry.Contains('_', StringComparison.Ordinal);

    /// <summary>Whether an entry can have this name, and not only one that begins so.</summary>
    public static bool IsWhole(string entry) =>
        entry.Split('_') is { Length: 1 or 2 } halves && halves.All(static half => half.Length == NameDigits && half.All(char.IsAsciiHexDigitLower));
}
