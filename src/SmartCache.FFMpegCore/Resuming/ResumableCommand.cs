using System.Globalization;
using SmartCache.FFMpegCore.Commands;

namespace SmartCache.FFMpegCore.Resuming;

/// <summary>The command of an encode that can be gone on with, and the commands that are made of it: one that begins in the middle, and one that joins.</summary>
internal sealed class ResumableCommand
{
    private const string KeyFrames = "-force_key_frames", Map = "-map", Filter = "-vf";

    private readonly LadderCommand _command;
    private readonly List<(string Name, string? Value)> _options;

    private ResumableCommand(LadderCommand command)
    {
        _command = command;
        _options = OptionList.Parse(command.Output);
        Pictures = _options.Values(Map)[0];
        Kept = command.NamingFinished();
    }

    /// <summary>The encode from the beginning on, of which one knows what is finished.</summary>
    public LadderCommand Kept { get; }

    public string Encoder => _command.Encoder;

    public bool IsHevc => IsHevcOf(Encoder);

    /// <summary>Which stream of the source is encoded.</summary>
    public string Pictures { get; }

    /// <summary>
    /// What parts must have in common to fit together. Rate, filter and rate control follow from the source and the arguments, which are in the profile's key; the
    /// length of a segment too. What was made with sound and what was made without fit together: only the pictures of a part are used.
    /// </summary>
    public string Layout => $"ffmpeg-hls/1 {Encoder} mpegts";

    /// <summary>What the rate of the pictures promises; <see langword="null"/> where it promises nothing.</summary>
    public DecoderBuffer? Buffer() => DecoderBuffer.Of(_options);

    /// <summary>Whether what an encoder makes is HEVC; otherwise it is H.264.</summary>
    public static bool IsHevcOf(string encoder) => encoder == "libx265";

    /// <param name="command">The whole command.</param>
    /// <param name="profile">What it makes.</param>
    /// <param name="whyNot">A part of a sentence, where there is none.</param>
    public static ResumableCommand? Of(EncodeCommand command, EncodingProfile profile, out string? whyNot)
    {
        var parts = LadderCommand.Of(command);
        whyNot = ResumeRules.WhyNot(parts, profile);
        return whyNot is null ? new ResumableCommand(parts!) : null;
    }

    /// <summary>The encode from the beginning on.</summary>
    /// <param name="source">The source's path.</param>
    public IEnumerable<string> Whole(string source) => Run(source, [], OptionList.Parse(Kept.Output), ".");

    /// <summary>The pictures alone, from one in the middle on.</summary>
    /// <param name="source">The source's path.</param>
    /// <param name="cut">Where.</param>
    /// <param name="directory">Of the result.</param>
    public IEnumerable<string> Rest(string source, Cut cut, string directory) => Run(
        source,
        cut.Seconds is { } seconds ? ["-ss", seconds] : [],
        OptionList.Parse(Kept.Output).Select(option => option.Name switch
        {
            Filter => option with { Value = $"{cut.Filter},{option.Value}" },
            KeyFrames => option with { Value = KeyFramesFrom(cut, option.Value!) },
            "-hls_time" => option with { Value = cut.SegmentSeconds },
            _ => option,
        }).Append(("-an", null)),
        directory);

    /// <summary>Pictures that are encoded, with the sound from the source, in segments as the encode from the beginning on makes them.</summary>
    /// <param name="source">The source's path.</param>
    /// <param name="pictures">The path of the pictures.</param>
    /// <param name="rate">Of the pictures.</param>
    public IEnumerable<string> Join(string source, string pictures, PictureRate rate) =>
    [
        .. EncodeCommand.General("error"),
        .. EncodeCommand.Fill(_command.Input, source, new Dictionary<string, string>(), "."),
        "-i", pictures,
        .. EncodeCommand.Fill(
            _options.Where(static option => option.Name is not (Filter or KeyFrames)).SelectMany(option => option switch
            {
                (Map, var map) when map == Pictures => [(Map, "1:v:0")],
                ("-c:v" or "-codec:v" or "-vcodec", _) => Copy(option.Name, rate),
                _ => new[] { option },
            }).Write().Append(_command.Output[^1]),
            source, new Dictionary<string, string>(), "."),
    ];

    private IEnumerable<string> Run(string source, string[] seek, IEnumerable<(string Name, string? Value)> options, string directory) =>
    [
        .. EncodeCommand.General("warning"), .. seek,
        .. EncodeCommand.Fill(_command.Input.Concat(options.Write()).Append(_command.Output[^1]), source, new Dictionary<string, string>(), directory),
    ];

    // ffmpeg takes the duration of a picture for rounded off where it reads MPEG-TS, and for rounded where it encodes: the last segment would be said to be shorter.
    private static (string, string?)[] Copy(string option, PictureRate rate) =>
        rate.IsWhole ? [(option, "copy")] : [(option, "copy"), ("-bsf:v", FormattableString.Invariant($"setts=pts=PTS:dts=DTS:duration={rate.TicksOf(1)}"))];

    // Time and count begin at 0 in each run: without what is added, at 23.976 pictures per second nearly all key frames would be at other pictures than in the other profiles.
    // The last term is less than any distance of pictures, and more than what floating point loses.
    private static string KeyFramesFrom(Cut cut, string expression)
    {
        var text = expression[EncodeDescription.KeyFrames.Length..^1];
        var distance = decimal.Parse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture);
        var before = decimal.Ceiling((cut.Begins - 0.000001m) / distance);
        return string.Create(CultureInfo.InvariantCulture, $"expr:gte(t+{cut.Begins:0.#########},(n_forced+{decimal.Max(0, before)})*{text}-0.0000005)");
    }
}
