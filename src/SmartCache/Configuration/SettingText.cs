namespace SmartCache.Configuration;

/// <summary>How a setting's text is shown in messages.</summary>
internal static class SettingText
{
    private const int Longest = 120;

    /// <summary>
    /// The text in quotation marks, shortened, on one line. Of a URL only the scheme: it does not belong into any setting, and what was
    /// pasted by mistake may hold a password.
    /// </summary>
    public static string Quote(string text) => "\"" + Shown(text) + "\"";

    /// <inheritdoc cref="Quote"/>
    public static string Shown(string text)
    {
        var url = text.IndexOf("://", StringComparison.Ordinal);
        var shown = url >= 0 ? text[..(url + 3)] + "…" : text;
        shown = shown.Length > Longest ? shown[..Longest] + "…" : shown;
        return string.Create(shown.Length, shown, static (target, source) =>
        {
            for (var i = 0; i < source.Length; i++)
            {
                target[i] = char.IsControl(source[i]) ? ' ' : source[i];
            }
        });
    }
}
