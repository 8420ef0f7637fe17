using System.Globalization;
using System.Text;

namespace SmartCache.Tool.Output;

/// <summary>
/// Takes out of a text what a terminal would obey. Names of jobs and profiles come from outside: an escape sequence in one must not colour, clear or type anything, and no
/// sign that turns the direction of writing may hide what stands there.
/// </summary>
internal static class Plain
{
    private const char Instead = '\uFFFD';

    public static string Of(string text)
    {
        if (!text.AsSpan().ContainsAnyExceptInRange(' ', '~'))
        {
            return text;
        }

        var plain = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes())
        {
            plain.Append(IsHarmless(rune) ? rune.ToString() : Instead.ToString());
        }

        return plain.ToString();
    }

    private static bool IsHarmless(Rune rune) => Rune.GetUnicodeCategory(rune) is not (
        UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.Surrogate or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator
        or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned);
}
