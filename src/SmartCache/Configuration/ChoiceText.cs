namespace SmartCache.Configuration;

/// <summary>One of a few names, in any case. Never a number: <see cref="Enum.TryParse{TEnum}(string, out TEnum)"/> takes <c>7</c> for every enum.</summary>
internal static class ChoiceText
{
    /// <summary>Null when <paramref name="text"/> is one of <paramref name="names"/>, which is then given in its own spelling, else what is wrong with it.</summary>
    public static string? Parse(string text, IReadOnlyList<string> names, out string name)
    {
        var wanted = text.Trim();
        name = names.FirstOrDefault(known => known.Equals(wanted, StringComparison.OrdinalIgnoreCase)) ?? "";
        return name.Length > 0 ? null : $"is not one of {string.Join(", ", names)}";
    }

    /// <inheritdoc cref="Parse(string, IReadOnlyList{string}, out string)"/>
    public static string? Parse<TEnum>(string text, out TEnum value)
        where TEnum : struct, Enum
    {
        var problem = Parse(text, Enum.GetNames<TEnum>(), out var name);
        value = problem is null ? Enum.Parse<TEnum>(name) : default;
        return problem;
    }
}
