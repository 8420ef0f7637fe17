using System.Text;

namespace SmartCache.Tool.Finding;

/// <summary>Splits what <c>systemctl show</c> prints of a list, and what a file of variables holds: words with quotes and backslashes.</summary>
internal static class UnitWords
{
    /// <summary>Words apart by blanks; one with a blank in it stands in quotes as a whole, or as <c>$'…'</c>.</summary>
    public static IReadOnlyList<string> Split(string text)
    {
        var words = new List<string>();
        for (var at = 0; at < text.Length;)
        {
            if (text[at] == ' ')
            {
                at++;
                continue;
            }

            words.Add(Take(text, ref at));
        }

        return words;
    }

    /// <summary>The variables of an <c>EnvironmentFile</c>: <c>NAME=value</c> a line; comments, quotes, and a backslash that joins two lines.</summary>
    public static IEnumerable<KeyValuePair<string, string?>> Variables(string content)
    {
        foreach (var line in content.Replace("\\\n", "", StringComparison.Ordinal).Split('\n').Select(static line => line.Trim()))
        {
            var equals = line.IndexOf('=', StringComparison.Ordinal);
            if (equals > 0 && line[0] is not ('#' or ';'))
            {
                yield return KeyValuePair.Create(line[..equals].Trim(), (string?)Unquote(line[(equals + 1)..].Trim()));
            }
        }
    }

    private static string Unquote(string value)
    {
        var at = 0;
        return value is ['"' or '\'', ..] ? Quoted(value, ref at) : value.Replace("\\", "", StringComparison.Ordinal);
    }

    private static string Take(string text, ref int at)
    {
        if (text[at] == '$' && at + 1 < text.Length && text[at + 1] == '\'')
        {
            at++;
            return Quoted(text, ref at);
        }

        if (text[at] == '"')
        {
            return Quoted(text, ref at);
        }

        var end = text.IndexOf(' ', at);
        var word = end < 0 ? text[at..] : text[at..end];
        at += word.Length;
        return word;
    }

    private static string Quoted(string text, ref int at)
    {
        var quote = text[at++];
        var word = new StringBuilder();
        for (; at < text.Length && text[at] != quote; at++)
        {
            if (text[at] == '\\' && at + 1 < text.Length)
            {
                at++;
            }

            word.Append(text[at]);
        }

        at++;
        return word.ToString();
    }
}
