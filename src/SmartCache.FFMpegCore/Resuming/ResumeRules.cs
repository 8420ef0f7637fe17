using SmartCache.FFMpegCore.Commands;

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

    // Others change what a segment is.
    private static readonly HashSet<string> s_flags = ["independent_segments"];

    /// <param name="command">Its part behind the source.</param>
    /// <param name="profile">What it makes.</param>
    /// <returns>A part of a sentence; <see langword="null"/> where the command can be gone on with.</returns>
    public static string? WhyNot(LadderCommand? command, EncodingProfile profile)
    {
        if (command is null)
            return "of its encoder, or of its options, it is not known what they do to an encode that begins in the middle";

        var options = OptionList.Parse(command.Output);
        if (options.FirstOrDefault(static option => s_refused.Contains(option.Name.Split(':')[0])).Name is { } refused)
            return $"nobody has proved that {refused} does the same to an encode that begins in the middle";
        if (command.Input is not ["-protocol_whitelist", "file", "-i", EncodeDescription.Source])
            return "it has input arguments of the host";
        if (!options.Values("-vf").SequenceEqual([ScaleFilter.For(profile.Name, profile.Resolution)]))
            return "its filter is not the stage's own, and may remember pictures";
        if (options.Values("-hls_flags").Any(static flags => !s_flags.Contains(flags)) || options.Values("-hls_segment_type").Any(static type => type != "mpegts"))
            return "its segments are not plain MPEG-TS, a file each";
        return options.Values("-map") is [['0', ':', 'V' or 'v', ..], ..] and var maps && maps.Skip(1).All(static map => map.StartsWith("0:a", StringComparison.Ordinal))
            && options.Values("-force_key_frames") is [var forced] && forced.StartsWith(EncodeDescription.KeyFrames, StringComparison.Ordinal)
            ? null
            : "its streams or its key frames are not the stage's own";
    }
}
