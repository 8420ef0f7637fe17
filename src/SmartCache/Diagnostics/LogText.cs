namespace SmartCache.Diagnostics;

/// <summary>Names and reasons that come from outside, on their way into the log: one line, bounded, and nothing that a terminal takes for an order.</summary>
internal static class LogText
{
    private const int MaxName = 100;
    private const int MaxReason = 1000;

    public static string Name(string name) => Clean(name, MaxName);

    public static string Reason(string reason) => Clean(reason, MaxReason);

    private static string Clean(string text, int max)
    {
        // Nearly always there is nothing to do.
        if (text.Length <= max && text.All(IsHarmless))
        {
            return text;
        }

        return string.Concat(text.Take(max).Select(static c => IsHarmless(c) ? c : '?'));
    }

    private static bool IsHarmless(char c) => !char.IsControl(c) && !char.IsSurrogate(c) && c is not ('\u2028' or '\u2029');
}
