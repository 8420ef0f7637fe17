namespace SmartCache.FFMpegCore.Abstractions;

/// <summary>What a worker's own output arguments mean for the stage, and which of them cannot work with it.</summary>
internal static class ExtraArguments
{
    // By name, so that the worker learns it at its start and not from an encode of an hour that is refused.
    private static readonly (string Option, Func<string, bool> IsRefused, string Why)[] s_refused =
    [
        ("-f", static _ => true, "the stage makes HLS"),
        ("-hls_segment_filename", static _ => true, "the stage names the segments by the profile"),
        ("-hls_fmp4_init_filename", static _ => true, "the stage names the head of the segments by the profile"),
        ("-strftime", static value => value != "0", "the stage names the segments by the profile"),
        ("-hls_list_size", static value => value != "0", "a playlist that drops its first segments is not whole"),
        ("-hls_flags", static value => value.Contains("delete_segments", StringComparison.Ordinal), "a playlist that drops its first segments is not whole"),
        ("-hls_flags", static value => value.Contains("omit_endlist", StringComparison.Ordinal), "a playlist without an end is not whole"),
        ("-hls_flags", static value => value.Contains("append_list", StringComparison.Ordinal), "each run begins in an empty directory"),
        ("-var_stream_map", static _ => true, "the stage makes one profile in each run"),
        ("-master_pl_name", static _ => true, "a master playlist names all profiles, and the stage makes one in each run"),
        ("-c:v", static value => value == Copy, $"name it as the codec: {nameof(EncodingProfile)}.{nameof(EncodingProfile.Codec)} = \"{Copy}\""),
        ("-codec:v", static value => value == Copy, $"name it as the codec: {nameof(EncodingProfile)}.{nameof(EncodingProfile.Codec)} = \"{Copy}\""),
        ("-vcodec", static value => value == Copy, $"name it as the codec: {nameof(EncodingProfile)}.{nameof(EncodingProfile.Codec)} = \"{Copy}\""),
    ];

    /// <summary>ffmpeg's word for taking the pictures as they are.</summary>
    public const string Copy = "copy";

    /// <param name="arguments">The worker's.</param>
    /// <param name="setting">What they were given as.</param>
    public static IEnumerable<string> Errors(IEnumerable<string> arguments, string setting) =>
        from pair in Pairs(arguments)
        from refused in s_refused
        where pair.Option == refused.Option && refused.IsRefused(pair.Value)
        select $"{setting} must not have {pair.Option} {pair.Value}: {refused.Why}.";

    /// <summary>Segments of fragmented MP4 instead of MPEG-TS.</summary>
    public static bool AreFragmented(IEnumerable<string> arguments) => Pairs(arguments).LastOrDefault(static pair => pair.Option == "-hls_segment_type").Value == "fmp4";

    /// <summary>All segments in one file.</summary>
    public static bool AreSingleFile(IEnumerable<string> arguments) =>
        Pairs(arguments).LastOrDefault(static pair => pair.Option == "-hls_flags").Value?.Contains("single_file", StringComparison.Ordinal) == true;

    private static IEnumerable<(string Option, string Value)> Pairs(IEnumerable<string> arguments) => arguments.Zip(arguments.Skip(1));
}
