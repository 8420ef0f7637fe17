namespace SmartCache.Tool.Output;

/// <summary>Names of entries, as people type and read them.</summary>
internal static class EntryKey
{
    private const int ShortDigits = 12;

    /// <summary>The beginning of each half: enough to find it again.</summary>
    public static string Short(string name) => string.Join('_', name.Split('_').Select(static half => half.Length > ShortDigits ? half[..ShortDigits] : half));

    /// <summary>Whether a name begins so, each half by itself: <c>f3eb_ac5d</c> begins a profile's as well as <c>f3eb</c> does.</summary>
    public static bool Begins(string name, string text)
    {
        var (halves, begun) = (name.Split('_'), text.Split('_'));
        return text.Length > 0 && begun.Length <= halves.Length && begun.Index().All(half => halves[half.Index].StartsWith(half.Item, StringComparison.OrdinalIgnoreCase));
    }

    /// <summary>The one that is meant; <see langword="null"/> where none begins so.</summary>
    /// <remarks>A source's name begins those of its profiles too: one of the same shape goes first.</remarks>
    /// <exception cref="ToolException">It begins several. They are listed.</exception>
    public static string? Pick(IEnumerable<string> names, string text)
    {
        var begun = names.Where(name => Begins(name, text)).Distinct(StringComparer.Ordinal).ToList();
        if (begun.Find(name => name.Equals(text, StringComparison.OrdinalIgnoreCase)) is { } exact)
        {
            return exact;
        }

        var isProfile = text.Contains('_', StringComparison.Ordinal);
        var sameShape = begun.FindAll(name => name.Contains('_', StringComparison.Ordinal) == isProfile);
        var meant = sameShape.Count > 0 ? sameShape : begun;
        return meant.Count > 1 ? throw new ToolException(Several(text, meant), ExitCode.Found) : meant.FirstOrDefault();
    }

    public static string Several(string text, IEnumerable<string> names) => $"{Typed.Shown(text)} begins more than one:\n{string.Join('\n', names.Order(StringComparer.Ordinal).Take(50).Select(static name => "  " + name))}";
}
