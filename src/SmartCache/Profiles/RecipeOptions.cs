using System.Globalization;
using System.Text;

namespace SmartCache.Profiles;

/// <summary>
/// A recipe's preimage taken apart into single options, so that <c>-crf 21</c> against <c>-crf 23</c> is one difference and not a different list: however the options were
/// given, each in an element, or a whole command line in one element or one parameter.
/// </summary>
internal static class RecipeOptions
{
    private const string Arguments = "arguments";

    public static IReadOnlyDictionary<string, string> Of(IReadOnlyDictionary<string, string> preimage)
    {
        var options = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (name, value) in preimage.OrderBy(static pair => pair.Key, StringComparer.Ordinal))
        {
            if (name == Arguments)
            {
                Add(options, Elements(value));
            }
            else if (IsCommandLine(value))
            {
                Add(options, Words(value));
            }
            else
            {
                options[name] = value;
            }
        }

        return options;
    }

    private static void Add(Dictionary<string, string> options, IEnumerable<string> arguments)
    {
        string? option = null;
        foreach (var argument in arguments)
        {
            if (option is not null && !IsOption(argument))
            {
                options[option] = argument;
                option = null;
                continue;
            }

            option = argument;
            while (options.ContainsKey(option))
            {
                option += "'";
            }

            options[option] = "set";
        }
    }

    /// <summary>The elements of a list; of one that is a command line, its words. What follows an option is that one's value, whatever it holds.</summary>
    private static IEnumerable<string> Elements(string joined)
    {
        var isValue = false;
        foreach (var element in Split(joined))
        {
            if (!isValue && IsCommandLine(element))
            {
                foreach (var word in Words(element))
                {
                    yield return word;
                }

                continue;
            }

            yield return element;
            isValue = !isValue && IsOption(element);
        }
    }

    private static bool IsOption(string argument) => argument.Length > 1 && argument[0] == '-' && !char.IsAsciiDigit(argument[1]);

    /// <summary>Whether a text is several options, or a program and its options.</summary>
    private static bool IsCommandLine(string text) => text.AsSpan().IndexOfAny(' ', '\t', '\n') > 0 && (IsOption(text) || text.Contains(" -", StringComparison.Ordinal));

    /// <summary>As a shell takes a line apart: by blanks outside quotes.</summary>
    private static IEnumerable<string> Words(string line)
    {
        var word = new StringBuilder();
        char? quote = null;
        foreach (var c in line)
        {
            if (c == quote)
            {
                quote = null;
            }
            else if (quote is null && c is '"' or '\'')
            {
                quote = c;
            }
            else if (quote is null && char.IsWhiteSpace(c))
            {
                if (word.Length > 0)
                {
                    yield return word.ToString();
                    word.Clear();
                }
            }
            else
            {
                word.Append(c);
            }
        }

        if (word.Length > 0)
        {
            yield return word.ToString();
        }
    }

    private static IEnumerable<string> Split(string joined)
    {
        for (var at = 0; at < joined.Length;)
        {
            var colon = joined.IndexOf(':', at);
            if (colon < 0 || !int.TryParse(joined.AsSpan(at, colon - at), NumberStyles.None, CultureInfo.InvariantCulture, out var length) || length > joined.Length - colon - 1)
            {
                yield break;
            }

            yield return joined.Substring(colon + 1, length);
            at = colon + 1 + length + 1;
        }
    }
}
