namespace SmartCache.Profiles;

/// <summary>Says in words by which options two recipes of one source differ, for the log line of a miss.</summary>
internal static class RecipeDifference
{
    private const int MaxShown = 6;
    private const int MaxText = 40;

    /// <summary>The options that differ: name, what is wanted, what is cached.</summary>
    public static IReadOnlyList<DifferingParameter> Between(IReadOnlyDictionary<string, string> wanted, IReadOnlyDictionary<string, string> cached) =>
    [
        .. wanted.Keys.Union(cached.Keys, StringComparer.Ordinal)
            .Where(name => !string.Equals(wanted.GetValueOrDefault(name), cached.GetValueOrDefault(name), StringComparison.Ordinal))
            .Order(StringComparer.Ordinal)
            .Select(name => new DifferingParameter(name, wanted.GetValueOrDefault(name), cached.GetValueOrDefault(name))),
    ];

    public static string Describe(IReadOnlyList<DifferingParameter> differences)
    {
        var shown = string.Join(", ", differences.Take(MaxShown).Select(Describe));
        return differences.Count > MaxShown ? $"{shown} and {differences.Count - MaxShown} more" : shown;
    }

    private static string Describe(DifferingParameter row)
    {
        // Long values are shown from where they begin to differ: what is alike in front would be all that is left of both.
        var from = row is { Wanted: { } wanted, Cached: { } cached } && Math.Max(wanted.Length, cached.Length) > MaxText
            ? Math.Max(0, wanted.AsSpan().CommonPrefixLength(cached) - (MaxText / 4))
            : 0;
        return $"{Cut(row.Name, 0)} {Cut(row.Wanted, from)} (cached: {Cut(row.Cached, from)})";
    }

    private static string Cut(string? text, int from)
    {
        if (text is null)
        {
            return "absent";
        }

        var rest = from > 0 ? "…" + text[Math.Min(from, text.Length)..] : text;
        return rest.Length <= MaxText ? rest : rest[..MaxText] + "…";
    }
}
