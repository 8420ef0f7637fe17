namespace SmartCache.Profiles;

/// <summary>Says in words by which parameters two keys of one source differ, for the log line of a miss.</summary>
internal static class RecipeDifference
{
    private const int MaxShown = 6;
    private const int MaxValue = 40;

    /// <summary>The parameters that differ: name, what is wanted, what is cached.</summary>
    public static IReadOnlyList<DifferingParameter> Between(
        IReadOnlyDictionary<string, string> wanted, IReadOnlyDictionary<string, string> cached)
    {
        var one = Expand(wanted);
        var other = Expand(cached);
        return
        [
            .. one.Keys.Union(other.Keys, StringComparer.Ordinal)
                .Order(StringComparer.Ordinal)
                .Select(name => new DifferingParameter(name, one.GetValueOrDefault(name), other.GetValueOrDefault(name)))
                .Where(static row => !string.Equals(row.Wanted, row.Cached, StringComparison.Ordinal)),
        ];
    }

    public static string Describe(IReadOnlyList<DifferingParameter> differences)
    {
        var shown = string.Join(", ", differences.Take(MaxShown).Select(static row => $"{row.Name} {Cut(row.Wanted)} (cached: {Cut(row.Cached)})"));
        return differences.Count > MaxShown ? $"{shown} and {differences.Count - MaxShown} more" : shown;
    }

    /// <summary>Breaks the argument list up, so that <c>-crf 21</c> against <c>-crf 23</c> is one difference and not a different list.</summary>
    private static Dictionary<string, string> Expand(IReadOnlyDictionary<string, string> preimage)
    {
        var expanded = preimage.Where(static pair => pair.Key != "arguments").ToDictionary(StringComparer.Ordinal);
        string? option = null;
        foreach (var argument in Split(preimage.GetValueOrDefault("arguments") ?? ""))
        {
            if (option is not null && !IsOption(argument))
            {
                expanded[option] = argument;
                option = null;
                continue;
            }

            option = argument;
            while (expanded.ContainsKey(option))
            {
                option += "'";
            }

            expanded[option] = "set";
        }

        return expanded;
    }

    private static bool IsOption(string argument) => argument.Length > 1 && argument[0] == '-' && !char.IsAsciiDigit(argument[1]);

    private static IEnumerable<string> Split(string joined)
    {
        for (var at = 0; at < joined.Length;)
        {
            var colon = joined.IndexOf(':', at);
            if (colon < 0 || !int.TryParse(joined.AsSpan(at, colon - at), out var length) || length < 0 || length > joined.Length - colon - 1)
            {
                yield break;
            }

            yield return joined.Substring(colon + 1, length);
            at = colon + 1 + length + 1;
        }
    }

    private static string Cut(string? value) => value is null ? "absent" : value.Length <= MaxValue ? value : value[..MaxValue] + "…";
}
