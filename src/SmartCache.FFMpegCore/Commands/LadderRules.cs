namespace SmartCache.FFMpegCore.Commands;

/// <summary>
/// Which commands may stand beside others in one run. Only what is known to concern its own output alone: an option that concerns the whole program would change the
/// other profiles too, and a file that is named once would be written by all of them. Everything else is run by itself.
/// </summary>
internal static class LadderRules
{
    // Held by a test that compares the bytes. Of encoders in hardware nobody knows how many may be open at once.
    private static readonly HashSet<string> s_encoders = ["libx264", "libx265"];

    private static readonly HashSet<string> s_options =
    [
        "-map", "-map_metadata", "-map_chapters", "-t", "-r", "-fpsmax", "-aspect", "-vf", "-af", "-filter", "-pix_fmt", "-force_key_frames", "-metadata",
        "-c", "-codec", "-vcodec", "-acodec", "-b", "-preset", "-tune", "-profile", "-level", "-crf", "-qp", "-q", "-qmin", "-qmax", "-maxrate", "-minrate", "-bufsize", "-threads",
        "-g", "-keyint_min", "-bf", "-refs", "-sc_threshold", "-x264-params", "-x264opts", "-x265-params", "-rc-lookahead", "-aq-mode", "-aq-strength", "-psy-rd", "-tag",
        "-color_range", "-color_primaries", "-color_trc", "-colorspace", "-ac", "-ar", "-fflags", "-flags", "-max_muxing_queue_size",
        "-f", "-hls_time", "-hls_playlist_type", "-hls_list_size", "-hls_flags", "-hls_segment_filename", "-hls_segment_type", "-hls_fmp4_init_filename",
    ];

    /// <summary>Options without a value.</summary>
    public static IReadOnlySet<string> Switches { get; } = new HashSet<string> { "-an", "-sn", "-dn" };

    // Values of these are little languages in which files can be named: statistics of a first pass, logs of a filter.
    private static readonly HashSet<string> s_languages = ["-vf", "-af", "-filter", "-flags", "-x264-params", "-x264opts", "-x265-params"];
    private static readonly string[] s_wordsForFiles = ["file", "path", "result", "stats", "pass", "log", "csv", "dump", "analysis", "movie", "vidstab"];

    /// <param name="encoder">The encoder of the pictures.</param>
    /// <param name="output">The arguments of one output.</param>
    public static bool Allow(string encoder, IReadOnlyList<string> output)
    {
        if (!s_encoders.Contains(encoder) || output.Count == 0 || !output[^1].StartsWith(EncodeDescription.Output, StringComparison.Ordinal))
            return false;

        for (var i = 0; i < output.Count - 1; i++)
        {
            var option = output[i].Split(':')[0];
            if (Switches.Contains(option))
                continue;
            if (!s_options.Contains(option) || ++i == output.Count - 1 || (s_languages.Contains(option) && NamesFiles(output[i])))
                return false;
        }

        return true;
    }

    private static bool NamesFiles(string value) => s_wordsForFiles.Any(word => value.Contains(word, StringComparison.OrdinalIgnoreCase));
}
