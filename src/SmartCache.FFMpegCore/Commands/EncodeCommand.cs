namespace SmartCache.FFMpegCore.Commands;

/// <summary>The arguments of one encoder of the chain, as the recipe has them.</summary>
internal sealed class EncodeCommand
{
    private readonly IReadOnlyList<string> _arguments;

    private EncodeCommand(IReadOnlyList<string> arguments)
    {
        _arguments = arguments;
        var option = arguments.ToList().FindLastIndex(static argument => argument is "-c:v" or "-codec:v" or "-vcodec");
        Encoder = option >= 0 && option + 1 < arguments.Count ? arguments[option + 1] : "unknown";
    }

    public string Encoder { get; }

    /// <summary>All of it, with placeholders.</summary>
    public IReadOnlyList<string> Arguments => _arguments;

    /// <summary>What is run is what is in the key: the commands are read from the recipe's arguments.</summary>
    public static IReadOnlyList<EncodeCommand> Chain(IEnumerable<string> recipe)
    {
        var commands = new List<EncodeCommand>();
        var current = new List<string>();
        foreach (var argument in recipe)
        {
            if (argument != EncodeDescription.Or)
            {
                current.Add(argument);
                continue;
            }

            commands.Add(new EncodeCommand(current));
            current = [];
        }

        commands.Add(new EncodeCommand(current));
        return commands;
    }

    /// <summary>The real arguments. The output is the program's working directory, so that no character of its path means something to ffmpeg's patterns.</summary>
    public IEnumerable<string> Fill(string source, IReadOnlyDictionary<string, string> auxiliaries) =>
        General("warning").Concat(Fill(_arguments, source, auxiliaries, "."));

    /// <summary>What every run is told.</summary>
    /// <param name="logLevel">How much ffmpeg says on its error output.</param>
    public static IEnumerable<string> General(string logLevel) => ["-hide_banner", "-nostdin", "-nostats", "-loglevel", logLevel, "-progress", "pipe:1"];

    /// <summary>Arguments with the placeholders filled in.</summary>
    /// <param name="arguments">With placeholders.</param>
    /// <param name="source">The source's path.</param>
    /// <param name="auxiliaries">Name to path of the further inputs.</param>
    /// <param name="output">The directory of the result, as the program sees it.</param>
    public static IEnumerable<string> Fill(IEnumerable<string> arguments, string source, IReadOnlyDictionary<string, string> auxiliaries, string output) =>
        arguments.Select(argument =>
        {
            foreach (var (name, path) in auxiliaries)
                argument = argument.Replace($"{{aux:{name}}}", path, StringComparison.Ordinal);
            return argument
                .Replace(EncodeDescription.Output, output, StringComparison.Ordinal)
                .Replace(EncodeDescription.Source, source, StringComparison.Ordinal);
        });
}
