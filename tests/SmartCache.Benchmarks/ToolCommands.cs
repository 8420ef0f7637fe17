using System.Text.RegularExpressions;

namespace SmartCache.Benchmarks;

/// <summary>The tool's commands that change nothing, as its own help has them: a new one is measured without a line here.</summary>
/// <param name="help">Gives what the tool prints for these arguments.</param>
/// <param name="values">What can stand for an argument, by its name.</param>
internal sealed partial class ToolCommands(Func<string[], string> help, IReadOnlyDictionary<string, string[]> values)
{
    public IReadOnlyList<string[]> All => [.. Below([])];

    private IEnumerable<string[]> Below(string[] command)
    {
        var page = help([.. command, "--help"]);
        var names = Section(page, "Commands:").Select(static line => line.Split(' ')[0]).ToList();
        if (names.Count > 0)
        {
            return names.SelectMany(name => Below([.. command, name]));
        }

        var options = string.Join('\n', Section(page, "Options:"));
        if (options.Contains("--dry-run", StringComparison.Ordinal))
        {
            command = [.. command, "--dry-run"];
        }
        else if (options.Contains("--yes", StringComparison.Ordinal))
        {
            // It asks first, because it changes something.
            return [];
        }

        if (options.Contains("--output", StringComparison.Ordinal))
        {
            command = [.. command, "--output", values["file"][0]];
        }

        return Section(page, "Arguments:").Select(static line => Argument().Match(line).Groups[1].Value).Aggregate(
            (IEnumerable<string[]>)[command],
            (commands, argument) => commands.SelectMany(begun => ValuesOf(argument).Select(value => (string[])[.. begun, value])));
    }

    private string[] ValuesOf(string argument) => argument.Contains('|', StringComparison.Ordinal) ? argument.Split('|')
        : values.TryGetValue(argument.ToLowerInvariant(), out var known) ? known
        : throw new InvalidOperationException($"Say in {nameof(ToolScale)} what can stand for the tool's argument <{argument}>.");

    private static IEnumerable<string> Section(string page, string heading) => page.Split('\n').Select(static line => line.TrimEnd())
        .SkipWhile(line => line != heading).Skip(1).TakeWhile(static line => line.StartsWith("  ", StringComparison.Ordinal)).Select(static line => line.Trim());

    [GeneratedRegex("<([^>]+)>")]
    private static partial Regex Argument();
}
