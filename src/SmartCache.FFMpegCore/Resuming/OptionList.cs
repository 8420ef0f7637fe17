using SmartCache.FFMpegCore.Commands;

namespace SmartCache.FFMpegCore.Resuming;

/// <summary>The options of one output, with their values. Only of a command that <see cref="LadderRules"/> allows: there it is known which have none.</summary>
internal static class OptionList
{
    /// <param name="output">Up to the output itself, which is left out.</param>
    public static List<(string Name, string? Value)> Parse(IReadOnlyList<string> output)
    {
        var options = new List<(string Name, string? Value)>();
        for (var i = 0; i < output.Count - 1; i++)
            options.Add(LadderRules.Switches.Contains(output[i]) ? (output[i], null) : (output[i], output[++i]));
        return options;
    }

    public static string[] Values(this IEnumerable<(string Name, string? Value)> options, string name) =>
        [.. options.Where(option => option.Name == name).Select(static option => option.Value ?? "")];

    /// <summary>As it stands in a command.</summary>
    public static IEnumerable<string> ToArguments(this IEnumerable<(string Name, string? Value)> options) =>
        options.SelectMany(static option => option.Value is null ? new[] { option.Name } : [option.Name, option.Value]);
}
