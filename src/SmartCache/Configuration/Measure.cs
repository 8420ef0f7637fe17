using System.Buffers;
using System.Globalization;

namespace SmartCache.Configuration;

/// <summary>A number and its unit, as people write them: <c>1.5GB</c>, <c>24 h</c>. No sign, no exponent, no thousands separator, a point for decimals.</summary>
internal static class Measure
{
    private static readonly SearchValues<char> NumberCharacters = SearchValues.Create("0123456789.");

    /// <summary>Splits <paramref name="text"/>; null when that worked, else what is wrong with it.</summary>
    public static string? Split(string text, out decimal number, out string unit)
    {
        number = 0;
        unit = "";
        var trimmed = text.Trim();
        if (trimmed.Length == 0)
        {
            return "is empty";
        }

        if (trimmed[0] == '-')
        {
            return "is negative";
        }

        var end = trimmed.AsSpan().IndexOfAnyExcept(NumberCharacters);
        if (end == 0)
        {
            return "does not begin with a number";
        }

        var digits = end < 0 ? trimmed : trimmed[..end];
        unit = trimmed[digits.Length..].Trim();
        return decimal.TryParse(digits, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out number)
            ? null
            : "does not begin with a number that can be read";
    }
}
