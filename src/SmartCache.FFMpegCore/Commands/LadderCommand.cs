using SmartCache.FFMpegCore.Abstractions;

namespace SmartCache.FFMpegCore.Commands;

/// <summary>
/// One command for several profiles of one source: the input once, and behind it the arguments of each output, unchanged. ffmpeg decodes a stream once, however many
/// outputs it feeds, and each output keeps a filter graph, encoders and a muxer of its own, so that the bytes are those of the single commands.
/// </summary>
internal sealed class LadderCommand
{
    // At its end ffmpeg says how many pictures each output got, and only here; with the level in each line, what is of no use otherwise can be told apart.
    private const string LogLevel = "level+verbose";

    private LadderCommand(string encoder, IReadOnlyList<string> input, IReadOnlyList<string> output) => (Encoder, Input, Output) = (encoder, input, output);

    public string Encoder { get; }

    /// <summary>Up to the source. What is to be decoded once must have this in common.</summary>
    public IReadOnlyList<string> Input { get; }

    /// <summary>What follows, up to the playlist: options and their values, and switches that have none.</summary>
    public IReadOnlyList<string> Output { get; }

    /// <summary>Whether the segments are fragmented MP4, and not MPEG-TS.</summary>
    public bool IsFragmented => ExtraArguments.AreFragmented(Output);

    /// <summary>Whether a segment bears its name only when it is finished.</summary>
    public bool NamesFinished { get; private init; }

    /// <summary>The part of a profile; <see langword="null"/> where its command cannot stand beside others.</summary>
    /// <param name="single">The command that makes it alone.</param>
    public static LadderCommand? Of(EncodeCommand single)
    {
        var source = single.Arguments.ToList().IndexOf(EncodeDescription.Source);
        if (source < 1 || single.Arguments[source - 1] != "-i")
            return null;

        string[] output = [.. single.Arguments.Skip(source + 1)];
        return LadderRules.Allow(single.Encoder, output) ? new LadderCommand(single.Encoder, [.. single.Arguments.Take(source + 1)], output) : null;
    }

    /// <summary>The same, with segments that bear their name only when they are finished. Their bytes are the same.</summary>
    public LadderCommand NamingFinished() =>
        new(Encoder, Input, [.. Output.Select((argument, i) => i > 0 && Output[i - 1] == "-hls_flags" ? argument + "+temp_file" : argument)]) { NamesFinished = true };

    /// <summary>The real arguments.</summary>
    /// <param name="parts">With one input.</param>
    /// <param name="source">The source's path.</param>
    /// <param name="auxiliaries">Name to path of the further inputs.</param>
    /// <param name="outputs">The directory of each, as the program sees it.</param>
    public static IEnumerable<string> Fill(IReadOnlyList<LadderCommand> parts, string source, IReadOnlyDictionary<string, string> auxiliaries, IReadOnlyList<string> outputs) =>
    [
        .. EncodeCommand.General(LogLevel),
        .. EncodeCommand.Fill(parts[0].Input, source, auxiliaries, outputs[0]),
        .. parts.SelectMany((part, i) => EncodeCommand.Fill(part.Output, source, auxiliaries, outputs[i])),
    ];
}
