namespace SmartCache.Configuration;

/// <summary>The beginning of the names of objects. Normalised once, here: a name with two slashes is another object, and an upgrade that changed that would lose the cache.</summary>
internal static class PrefixText
{
    private const int MaxLength = 200;

    /// <summary>Null when <paramref name="text"/> is a prefix, else what is wrong with it.</summary>
    public static string? Parse(string text, out string prefix)
    {
        prefix = text.Trim().Trim('/');
        return prefix.Length is 0 or > MaxLength ? $"must have from 1 to {MaxLength} characters"
            : prefix.Any(static one => !char.IsAsciiLetterOrDigit(one) && one is not ('-' or '_' or '.' or '/')) ? "holds a character that is not allowed"
            : prefix.Split('/').Any(static part => part is "" or "." or "..") ? "holds an empty part, or one of dots"
            : null;
    }
}
