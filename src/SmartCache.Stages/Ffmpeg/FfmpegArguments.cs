using System.Globalization;

namespace SmartCache.Stages.Ffmpeg;

/// <summary>
/// The arguments of a profile's encode, with placeholders for what differs from job to job. They depend on the profile and the settings alone:
/// key frames are forced by time, shape and sound of the source are ffmpeg's to notice. The one exception is a source that does not tell its rate.
/// </summary>
internal static class FfmpegArguments
{
    public const string Source = "{source}";
    public const string Output = "{output}";

    /// <summary>Stands between the whole command of one encoder and that of the next in the chain.</summary>
    public const string Or = "{or}";

    // Where nobody could count them: more than a browser or a phone records.
    private const string MaxUnknownRate = "60";

    public static IReadOnlyList<string> Build(EncodingProfile profile, FfmpegOptions options, SourceMedia source)
    {
        var arguments = new List<string>();
        foreach (var encoder in Chain(profile, options))
        {
            if (arguments.Count > 0)
                arguments.Add(Or);
            AddCommand(arguments, encoder, profile, options, source);
        }

        return arguments;
    }

    // A profile that names an element of the chain means the chain from there on; another name means that encoder and no other,
    // because a fallback to another codec would not be the profile asked for.
    private static IEnumerable<FfmpegVideoEncoder> Chain(EncodingProfile profile, FfmpegOptions options)
    {
        if (profile.Codec is null)
            return options.VideoEncoders;
        return options.VideoEncoders.Any(encoder => encoder.Name == profile.Codec)
            ? options.VideoEncoders.SkipWhile(encoder => encoder.Name != profile.Codec)
            : [new FfmpegVideoEncoder(profile.Codec)];
    }

    private static void AddCommand(List<string> to, FfmpegVideoEncoder encoder, EncodingProfile profile, FfmpegOptions options, SourceMedia source)
    {
        // A downloaded file may be a playlist that names other files or hosts: only files are opened.
        to.AddRange(["-protocol_whitelist", "file", "-i", Source]);
        to.AddRange(options.ExtraInputArguments);
        foreach (var map in options.Maps)
            to.AddRange(["-map", map]);
        AddNamed(to, ("-t", options.MaxDuration is { } max ? Seconds(max) : null));
        if (encoder.Name == ExtraArguments.Copy)
            AddCopy(to, encoder, profile, options);
        else
            AddVideo(to, encoder, profile, options, source);
        to.AddRange(["-c:a", options.AudioCodec, "-b:a", profile.AudioBitrate ?? options.AudioBitrate]);
        to.AddRange(["-ac", Text(options.AudioChannels), "-ar", Text(options.AudioSampleRate)]);

        // Nothing of the source's metadata, of the clock or of the program's version in the output.
        to.AddRange(["-map_metadata", "-1", "-map_chapters", "-1", "-fflags", "+bitexact", "-flags:v", "+bitexact", "-flags:a", "+bitexact"]);
        to.AddRange(["-max_muxing_queue_size", "4096"]);
        to.AddRange(["-f", "hls", "-hls_time", Seconds(options.SegmentDuration), "-hls_playlist_type", "vod", "-hls_list_size", "0"]);
        to.AddRange(["-hls_flags", "independent_segments"]);
        to.AddRange(options.ExtraOutputArguments);
        var files = new ProfileFiles(profile.Name);
        var isFragmented = ExtraArguments.AreFragmented(options.ExtraOutputArguments);
        AddNamed(to, ("-hls_fmp4_init_filename", isFragmented ? files.Map : null));
        var segments = files.SegmentPattern(isFragmented, ExtraArguments.AreSingleFile(options.ExtraOutputArguments));
        to.AddRange(["-hls_segment_filename", $"{Output}/{segments}", $"{Output}/{files.Playlist}"]);
    }

    // The pictures as they are. What would change them cannot be asked for at the same time; an encode that looks as if it had been is worse than none.
    private static void AddCopy(List<string> to, FfmpegVideoEncoder encoder, EncodingProfile profile, FfmpegOptions options)
    {
        (string Name, bool IsSet)[] changes =
        [
            (nameof(profile.Resolution), profile.Resolution is not null), (nameof(profile.VideoBitrate), profile.VideoBitrate is not null),
            (nameof(profile.Preset), profile.Preset is not null), (nameof(options.VideoFilter), options.VideoFilter is { Length: > 0 }),
        ];
        if (changes.FirstOrDefault(change => change.IsSet).Name is { } name)
            throw new FfmpegException($"Profile {profile.Name} copies the pictures, so that {name} cannot be applied.");
        to.AddRange(["-c:v", ExtraArguments.Copy]);
        to.AddRange(encoder.Arguments ?? []);
        AddParameters(to, profile);
    }

    private static void AddVideo(List<string> to, FfmpegVideoEncoder encoder, EncodingProfile profile, FfmpegOptions options, SourceMedia source)
    {
        // ffmpeg fills up to the rate that it guesses, and where the file tells none that is the clock of its time stamps: 1000 pictures per second.
        // (Not -fps_mode vfr: then ffmpeg 5.1 gives a picture one tick of that clock, and the last segment its number of pictures in milliseconds.)
        var counted = source.Facts.GetValueOrDefault(MediaFacts.CountedFrameRate);
        var tellsNone = source.Facts.ContainsKey(MediaFacts.VideoCodec) && !source.Facts.ContainsKey(MediaFacts.FrameRate);
        AddNamed(to, ("-r", counted), ("-fpsmax", tellsNone && counted is null ? MaxUnknownRate : null));
        var filter = options.VideoFilter ?? ScaleFilter(profile.Resolution);
        if (filter.Length > 0)
            to.AddRange(["-vf", filter]);
        to.AddRange(["-c:v", encoder.Name]);
        if (encoder.Arguments is not null)
            to.AddRange(encoder.Arguments);
        else if (encoder.Name is "libx264" or "libx265")
            AddRateControl(to, profile, options);
        else
            AddNamed(to, ("-preset", profile.Preset), ("-b:v", profile.VideoBitrate));
        AddNamed(to, ("-threads", options.Threads is { } threads ? Text(threads) : null));
        to.AddRange(["-pix_fmt", "yuv420p"]);
        AddParameters(to, profile);
        AddNamed(to, ("-g", options.GopSize is { } gop ? Text(gop) : null));
        to.AddRange(["-force_key_frames", $"expr:gte(t,n_forced*{Seconds(options.KeyFrameInterval)})"]);
        if (encoder.Name == "libx264")
            to.AddRange(["-sc_threshold", "0"]);
    }

    private static void AddParameters(List<string> to, EncodingProfile profile)
    {
        foreach (var (name, value) in profile.Parameters.OrderBy(parameter => parameter.Key, StringComparer.Ordinal))
            to.AddRange([name.StartsWith('-') ? name : "-" + name, value]);
    }

    private static void AddRateControl(List<string> to, EncodingProfile profile, FfmpegOptions options)
    {
        to.AddRange(["-preset", profile.Preset ?? options.Preset]);
        var bitrate = profile.VideoBitrate;
        var control = options.RateControl switch
        {
            FfmpegRateControl.Auto => bitrate is null ? FfmpegRateControl.ConstantQuality : FfmpegRateControl.AverageBitrate,
            FfmpegRateControl.ConstantQuality => FfmpegRateControl.ConstantQuality,
            _ when bitrate is null => throw new FfmpegException($"Profile {profile.Name} names no video bit rate, which {options.RateControl} needs."),
            var other => other,
        };
        if (control is FfmpegRateControl.ConstantQuality or FfmpegRateControl.CappedQuality)
            to.AddRange(["-crf", Text(options.Crf)]);
        else
            to.AddRange(["-b:v", bitrate!]);
        if (control is FfmpegRateControl.BufferedBitrate or FfmpegRateControl.CappedQuality)
            to.AddRange(["-maxrate", bitrate!, "-bufsize", Doubled(bitrate!)]);
    }

    // Square pixels of the same shape: dar is the shape of the picture as it is shown, sar that of the source's pixels (1 where it does not say).
    private static string ScaleFilter(string? resolution)
    {
        if (resolution is null)
            return "scale=w=2*trunc(iw*sar/2):h=2*trunc(ih/2),setsar=1";

        var parts = resolution.Split('x', 'X', ':');
        if (parts.Length != 2
            || !int.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out var width) || width < 2
            || !int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out var height) || height < 2)
            throw new FfmpegException("The profile's resolution is not WIDTHxHEIGHT.");
        var (w, h) = (Text(width), Text(height));
        return $"scale=w=2*trunc(max(min({w}\\,{h}*dar)\\,2)/2):h=2*trunc(max(min({h}\\,{w}/dar)\\,2)/2),setsar=1";
    }

    private static string Doubled(string bitrate)
    {
        var digits = bitrate.TrimEnd('k', 'K', 'M', 'm');
        return double.TryParse(digits, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number)
            ? (number * 2).ToString(CultureInfo.InvariantCulture) + bitrate[digits.Length..]
            : throw new FfmpegException("The profile's video bit rate is not a number with k or M.");
    }

    private static void AddNamed(List<string> to, params ReadOnlySpan<(string Name, string? Value)> arguments)
    {
        foreach (var (name, value) in arguments)
        {
            if (value is not null)
                to.AddRange([name, value]);
        }
    }

    private static string Text(int value) => value.ToString(CultureInfo.InvariantCulture);

    private static string Seconds(TimeSpan value) => value.TotalSeconds.ToString("0.######", CultureInfo.InvariantCulture);
}
