using System.Globalization;
using SmartCache.FFMpegCore.Commands;
using SmartCache.FFMpegCore.Results;

namespace SmartCache.FFMpegCore.Resuming;

/// <summary>The command of an encode that can be gone on with, and the commands that are made of it: one that begins in the middle, and one that joins.</summary>
internal sealed class ResumableCommand
{
    private const string KeyFrames = "-force_key_frames", Map = "-map", Filter = "-vf", Codec = "-c:v";

    // Of times in seconds. Less than any distance of pictures.
    private const decimal Rounding = 0.000001m;

    private readonly LadderCommand _command;
    private readonly List<(string Name, string? Value)> _options;

    private ResumableCommand(LadderCommand command)
    {
        _command = command;
        _options = OptionList.Parse(command.Output);
        Pictures = _options.Values(Map)[0];
        Distance = ResumeRules.KeyFrameDistance(_options)!.Value;
        Kept = command.NamingFinished();
    }

    /// <summary>The encode from the beginning on, of which one knows what is finished.</summary>
    public LadderCommand Kept { get; }

    public string Encoder => _command.Encoder;

    /// <summary>Which stream of the source is encoded.</summary>
    public string Pictures { get; }

    /// <summary>
    /// What parts must have in common to fit together. Rate, filter and rate control follow from the source and the arguments, which are in the profile's key; the
    /// length of a segment too. What was made with sound and what was made without fit together: only the pictures of a part are used.
    /// </summary>
    public string Layout => $"ffmpeg-hls/1 {Encoder} {(IsFragmented ? "fmp4" : "mpegts")}";

    /// <summary>Whether its segments are fragmented MP4, and not MPEG-TS.</summary>
    public bool IsFragmented => _command.IsFragmented;

    // Of the key frames, in seconds.
    private decimal Distance { get; }

    /// <summary>What the rate of the pictures promises; <see langword="null"/> where it promises nothing.</summary>
    public DecoderBuffer? Buffer() => DecoderBuffer.Of(_options);

    /// <param name="command">The whole command.</param>
    /// <param name="profile">What it makes.</param>
    /// <param name="version">What ffmpeg says of itself.</param>
    /// <param name="whyNot">A part of a sentence, where there is none.</param>
    public static ResumableCommand? Of(EncodeCommand command, EncodingProfile profile, string version, out string? whyNot)
    {
        var parts = LadderCommand.Of(command);
        whyNot = ResumeRules.WhyNot(parts, profile, version);
        return whyNot is null ? new ResumableCommand(parts!) : null;
    }

    /// <summary>The encode from the beginning on.</summary>
    /// <param name="source">The source's path.</param>
    public IEnumerable<string> Whole(string source) => Run(source, [], OptionList.Parse(Kept.Output), ".");

    /// <summary>Whether segments begin at pictures where key frames are forced: those that are the first behind a multiple of the distance.</summary>
    /// <param name="rate">Of the pictures.</param>
    /// <param name="playlist">The whole video.</param>
    public bool IsOnCadence(PictureRate rate, MediaPlaylist playlist)
    {
        var picture = 0L;
        foreach (var segment in playlist.Segments)
        {
            if (!IsOnCadence(rate, picture))
                return false;
            picture += rate.PictureAt((long)Math.Round(segment.Seconds * PictureRate.Clock));
        }

        return true;
    }

    /// <param name="rate">Of the pictures.</param>
    /// <param name="picture">The number of a segment's first in the whole video.</param>
    public bool IsOnCadence(PictureRate rate, long picture) => (rate.SecondsOf(picture) + Rounding) % Distance < rate.SecondsOf(1);

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
            KeyFrames => option with { Value = KeyFramesFrom(cut) },
            "-hls_time" => option with { Value = cut.SegmentSeconds },
            _ => option,
        }).Append(("-an", null)),
        directory).Concat(AlsoRead(_options.Values(Map)));

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
                (Codec, _) => Copy(rate),
                _ => new[] { option },
            }).ToArguments().Append(_command.Output[^1]),
            source, new Dictionary<string, string>(), "."),
        .. AlsoRead([Pictures]),
    ];

    // Where a file of MPEG begins, and where its clock jumps, ffmpeg takes from the streams that it reads: a run that leaves one out has other times than the whole
    // encode. So both are read, and nothing is made of what belongs to the other run. (No stream of sound that is also encoded: ffmpeg rounds the times of both with one memory.)
    private static IEnumerable<string> AlsoRead(IEnumerable<string> maps) => [.. maps.SelectMany(static map => new[] { Map, map }), "-c", "copy", "-f", "null", "-"];

    private IEnumerable<string> Run(string source, string[] seek, IEnumerable<(string Name, string? Value)> options, string directory) =>
    [
        .. EncodeCommand.General("warning"), .. seek,
        .. EncodeCommand.Fill(_command.Input.Concat(options.ToArguments()).Append(_command.Output[^1]), source, new Dictionary<string, string>(), directory),
    ];

    // ffmpeg takes the duration of a picture for rounded off where it reads MPEG-TS, and for rounded where it encodes: the last segment would be said to be shorter.
    private (string, string?)[] Copy(PictureRate rate) =>
        IsFragmented || rate.IsWhole() ? [(Codec, "copy")] : [(Codec, "copy"), ("-bsf:v", FormattableString.Invariant($"setts=pts=PTS:dts=DTS:duration={rate.TicksOf(1)}"))];

    // Time and count begin at 0 in each run: without what is added, at 23.976 pictures per second nearly all key frames would be at other pictures than in the other profiles.
    // The last term is less than any distance of pictures, and more than what floating point loses.
    private string KeyFramesFrom(Cut cut)
    {
        var before = decimal.Ceiling((cut.Begins - Rounding) / Distance);
        return string.Create(CultureInfo.InvariantCulture, $"expr:gte(t+{cut.Begins:0.#########},(n_forced+{decimal.Max(0, before)})*{Distance}-0.0000005)");
    }
}
