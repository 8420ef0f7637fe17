using System.Globalization;
using SmartCache.FFMpegCore.Commands;
using SmartCache.FFMpegCore.Files;

namespace SmartCache.FFMpegCore.Resuming;

/// <summary>
/// Which commands can be gone on with in the middle: those whose every option is known to do the same to a picture wherever the run begins. They are a part of
/// those that may stand beside others (<see cref="LadderRules"/>), which keeps out two passes, further inputs and whatever nobody knows.
/// </summary>
internal static class ResumeRules
{
    // They count pictures or time from the beginning of the run, or can: zones of x264, a filter of sound in whose middle the mux begins.
    private static readonly HashSet<string> s_refused =
        ["-t", "-r", "-fpsmax", "-aspect", "-filter", "-x264-params", "-x264opts", "-x265-params"];

    // They are looked for, and written anew, by these names. The same option for a stream that is named another way would be left as it is.
    private static readonly HashSet<string> s_plain = ["-map", "-vf", "-force_key_frames", "-hls_time", "-hls_flags", "-hls_segment_type"];
    private static readonly HashSet<string> s_streams = ["v", "a"];

    // Others change what a segment is.
    private static readonly HashSet<string> s_flags = ["independent_segments"];

    private static readonly (string Name, string? Value) s_closedGroups = ("-x265-params", "open-gop=0");

    // What the commands do was measured with 5.1. 4.4 has no setts=duration, 6 and 7 count doubled pictures by output, 7 takes the rate away behind setpts.
    private const string Measured = "ffmpeg version 5.", MeasuredBuild = "ffmpeg version n5.";

    /// <param name="command">Its part behind the source.</param>
    /// <param name="profile">What it makes.</param>
    /// <param name="version">What ffmpeg says of itself.</param>
    /// <returns>A part of a sentence; <see langword="null"/> where the command can be gone on with.</returns>
    public static string? WhyNot(LadderCommand? command, EncodingProfile profile, string version)
    {
        if (!version.StartsWith(Measured, StringComparison.Ordinal) && !version.StartsWith(MeasuredBuild, StringComparison.Ordinal))
            return "its ffmpeg is of another version than 5, with which nobody has proved a joint";
        if (command is null || command.Encoder is not ("libx264" or "libx265"))
            return "of its encoder, or of its options, it is not known what they do to an encode that begins in the middle";

        var options = OptionList.Parse(command.Output);
        // Else a key frame of x265 is a CRA picture, behind which the numbers of the run go on, also with -forced-idr 1: decoders lose pictures where those of another run stand
        // before it (seen: 6 of 288).
        if (command.Encoder == "libx265" && options.RemoveAll(static option => option == s_closedGroups) == 0)
            return $"a key frame of libx265 is none that a stream may be joined at, without {s_closedGroups.Name} {s_closedGroups.Value} among its options";
        if (options.FirstOrDefault(static option => s_refused.Contains(option.Name.Split(':')[0])).Name is { } refused)
            return $"nobody has proved that {refused} does the same to an encode that begins in the middle";
        if (options.FirstOrDefault(static option => !IsPlain(option.Name)).Name is { } named)
            return $"{named} names its stream in a way that is not looked for";
        if (command.Input is not ["-protocol_whitelist", "file", "-i", EncodeDescription.Source])
            return "it has input arguments of the host";
        if (!options.Values("-vf").SequenceEqual([ScaleFilter.For(profile.Name, profile.Resolution)]))
            return "its filter is not the stage's own, and may remember pictures";
        if (options.Values("-hls_flags").Any(static flags => !s_flags.Contains(flags)) || !HasSegmentsOf(options, command.IsFragmented, new ProfileFiles(profile.Name)))
            return "its segments are not plain MPEG-TS or MP4, a file each";
        return options.Values("-map") is [['0', ':', 'V' or 'v', ':', _, ..] pictures, ..] and var maps && IsNumber(pictures[4..]) && maps.Skip(1).All(static map => map.StartsWith("0:a", StringComparison.Ordinal))
            && KeyFrameDistance(options) is not null
            ? null
            : "its streams or its key frames are not the stage's own";
    }

    /// <summary>Seconds between the key frames, where they are the stage's own.</summary>
    public static decimal? KeyFrameDistance(IEnumerable<(string Name, string? Value)> options) =>
        options.Values("-force_key_frames") is [var forced] && forced.StartsWith(EncodeDescription.KeyFrames, StringComparison.Ordinal)
        && decimal.TryParse(forced.AsSpan(EncodeDescription.KeyFrames.Length..^1), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var seconds) && seconds > 0
            ? seconds
            : null;

    // The host can name the type among the parameters of a profile too, and then neither their names nor their head are the stage's.
    private static bool HasSegmentsOf(IReadOnlyList<(string Name, string? Value)> options, bool isFragmented, ProfileFiles files) =>
        options.Values("-hls_segment_type").All(type => type == (isFragmented ? "fmp4" : "mpegts"))
        && options.Values("-hls_fmp4_init_filename").SequenceEqual(isFragmented ? [files.Map] : [])
        && options.Values("-hls_segment_filename").SequenceEqual([$"{EncodeDescription.Output}/{files.SegmentPattern(isFragmented)}"]);

    private static bool IsPlain(string option) => option.Split(':') switch
    {
        ["-c"] or ["-codec" or "-vcodec" or "-acodec", ..] => false,
        [_] => true,
        [var name, var stream] => s_streams.Contains(stream) && !s_plain.Contains(name),
        _ => false,
    };

    private static bool IsNumber(string stream) => !stream.TrimEnd('?').AsSpan().ContainsAnyExceptInRange('0', '9');
}
