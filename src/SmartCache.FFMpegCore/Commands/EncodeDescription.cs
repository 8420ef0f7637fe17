using System.Globalization;
using global::FFMpegCore;
using SmartCache.FFMpegCore.Abstractions;
using SmartCache.FFMpegCore.Files;

namespace SmartCache.FFMpegCore.Commands;

/// <summary>
/// Describes a profile's encode: its arguments, with placeholders for what differs from job to job. They depend on the profile and the settings alone:
/// key frames are forced by time, shape and sound of the source are ffmpeg's to notice. The one exception is a source that does not tell its rate.
/// </summary>
internal sealed class EncodeDescription(EncodingProfile profile, FfmpegOptions options, SourceMedia source)
{
    public const string Source = "{source}";
    public const string Output = "{output}";

    /// <summary>Stands between the whole command of one encoder and that of the next in the chain.</summary>
    public const string Or = "{or}";

    /// <summary>How the key frames are forced; the distance in seconds and a bracket follow.</summary>
    public const string KeyFrames = "expr:gte(t,n_forced*";

    // Where nobody could count them: more than a browser or a phone records.
    private const string MaxUnknownRate = "60";

    public IReadOnlyList<string> Build()
    {
        if (options.Output is { } describe)
            return Command((output, _) => describe(output, source, profile));

        var arguments = new List<string>();
        foreach (var encoder in Chain())
        {
            if (arguments.Count > 0)
                arguments.Add(Or);
            arguments.AddRange(Command((output, own) => AddStreams(output, own, encoder)));
        }

        return arguments;
    }

    // FFMpegCore writes the line, from numbers and words of ours. It puts no quotes where one is needed and escapes none, so texts of the host are put in after the split.
    private IReadOnlyList<string> Command(Action<FFMpegOutputOptions, HostArguments> addStreams)
    {
        var files = new ProfileFiles(profile.Name);
        var own = new HostArguments();
        var line = FFMpegArguments
            .FromFileInput(Source, verifyExists: false, input =>
            {
                // A downloaded file may be a playlist that names other files or hosts: only files are opened.
                input.WithCustomArgument("-protocol_whitelist file");
                options.Input?.Invoke(input, source, profile);
            })
            .OutputToFile($"{Output}/{files.Playlist}", overwrite: false, output =>
            {
                output.WithCustomArgument(own.Add([.. options.ExtraInputArguments]));
                addStreams(output, own);
                AddSegments(output, own, files);
            })
            .Arguments;
        return own.PutBack(CommandLine.Split(line));
    }

    private void AddSegments(FFMpegOutputOptions output, HostArguments own, ProfileFiles files)
    {
        var isFragmented = ExtraArguments.AreFragmented(options.ExtraOutputArguments);
        var segments = files.SegmentPattern(isFragmented, ExtraArguments.AreSingleFile(options.ExtraOutputArguments));
        output
            .WithCustomArgument($"-f hls -hls_time {Seconds(options.SegmentDuration)} -hls_playlist_type vod -hls_list_size 0 -hls_flags independent_segments")
            .WithCustomArgument(own.Add([.. options.ExtraOutputArguments]));
        if (isFragmented)
            output.WithCustomArgument($"-hls_fmp4_init_filename {files.Map}");
        output.WithCustomArgument($"-hls_segment_filename {Output}/{segments}");
    }

    // A profile that names an element of the chain means the chain from there on; another name means that encoder and no other,
    // because a fallback to another codec would not be the profile asked for.
    private IEnumerable<FfmpegVideoEncoder> Chain()
    {
        if (profile.Codec is null)
            return options.VideoEncoders;
        return options.VideoEncoders.Any(encoder => encoder.Name == profile.Codec)
            ? options.VideoEncoders.SkipWhile(encoder => encoder.Name != profile.Codec)
            : [new FfmpegVideoEncoder(profile.Codec)];
    }

    private void AddStreams(FFMpegOutputOptions output, HostArguments own, FfmpegVideoEncoder encoder)
    {
        output
            .WithCustomArgument(own.Add([.. options.Maps.SelectMany(static map => new[] { "-map", map })]))
            .WithDuration(options.MaxDuration);
        if (encoder.Name == ExtraArguments.Copy)
            output.WithCustomArgument(own.Add(Copied(encoder)));
        else
            AddVideo(output, own, encoder);
        output
            .WithCustomArgument(own.Add("-c:a", options.AudioCodec, "-b:a", profile.AudioBitrate ?? options.AudioBitrate))
            .WithAudioChannels(options.AudioChannels)
            .WithAudioSamplingRate(options.AudioSampleRate)
            // Nothing of the source's metadata, of the clock or of the program's version in the output.
            .WithoutMetadata()
            .WithoutChapters()
            .WithCustomArgument("-fflags +bitexact -flags:v +bitexact -flags:a +bitexact -max_muxing_queue_size 4096");
    }

    // The pictures as they are. What would change them cannot be asked for at the same time; an encode that looks as if it had been is worse than none.
    private IReadOnlyList<string> Copied(FfmpegVideoEncoder encoder)
    {
        (string Name, bool IsSet)[] changes =
        [
            (nameof(profile.Resolution), profile.Resolution is not null), (nameof(profile.VideoBitrate), profile.VideoBitrate is not null),
            (nameof(profile.Preset), profile.Preset is not null), (nameof(options.VideoFilter), options.VideoFilter is { Length: > 0 }),
        ];
        if (changes.FirstOrDefault(change => change.IsSet).Name is { } name)
            throw new FfmpegException($"Profile {profile.Name} copies the pictures, so that {name} cannot be applied.");
        return ["-c:v", ExtraArguments.Copy, .. encoder.Arguments ?? [], .. Parameters()];
    }

    private void AddVideo(FFMpegOutputOptions output, HostArguments own, FfmpegVideoEncoder encoder)
    {
        // ffmpeg fills up to the rate that it guesses, and where the file tells none that is the clock of its time stamps: 1000 pictures per second.
        // (Not -fps_mode vfr: then ffmpeg 5.1 gives a picture one tick of that clock, and the last segment its number of pictures in milliseconds.)
        if (source.Facts.GetValueOrDefault(MediaFacts.CountedFrameRate) is { } counted)
            output.WithCustomArgument(own.Add("-r", counted));
        else if (source.Facts.ContainsKey(MediaFacts.VideoCodec) && !source.Facts.ContainsKey(MediaFacts.FrameRate))
            output.WithCustomArgument($"-fpsmax {MaxUnknownRate}");
        var filter = options.VideoFilter ?? ScaleFilter.For(profile.Name, profile.Resolution);
        if (filter.Length > 0)
            output.WithCustomArgument(own.Add("-vf", filter));
        output.WithCustomArgument(own.Add("-c:v", encoder.Name));
        if (encoder.Arguments is not null)
            output.WithCustomArgument(own.Add(encoder.Arguments));
        else if (encoder.Name is "libx264" or "libx265")
            AddRateControl(output, own);
        else
            output.WithCustomArgument(own.Add(Named(("-preset", profile.Preset), ("-b:v", profile.VideoBitrate))));
        if (options.Threads is { } threads)
            output.WithThreads(threads);
        output.WithCustomArgument("-pix_fmt yuv420p").WithCustomArgument(own.Add(Parameters()));
        if (options.GopSize is { } gop)
            output.WithGopSize(gop);
        output.WithCustomArgument($"-force_key_frames {KeyFrames}{Seconds(options.KeyFrameInterval)})");
        if (encoder.Name == "libx264")
            output.WithCustomArgument("-sc_threshold 0");
    }

    private List<string> Parameters() =>
        Named([.. profile.Parameters.OrderBy(parameter => parameter.Key, StringComparer.Ordinal).Select(parameter =>
            (parameter.Key.StartsWith('-') ? parameter.Key : "-" + parameter.Key, (string?)parameter.Value))]);

    private void AddRateControl(FFMpegOutputOptions output, HostArguments own)
    {
        output.WithCustomArgument(own.Add("-preset", profile.Preset ?? options.Preset));
        var bitrate = profile.VideoBitrate;
        var control = options.RateControl switch
        {
            FfmpegRateControl.Auto => bitrate is null ? FfmpegRateControl.ConstantQuality : FfmpegRateControl.AverageBitrate,
            FfmpegRateControl.ConstantQuality => FfmpegRateControl.ConstantQuality,
            _ when bitrate is null => throw new FfmpegException($"Profile {profile.Name} names no video bit rate, which {options.RateControl} needs."),
            var other => other,
        };
        if (control is FfmpegRateControl.ConstantQuality or FfmpegRateControl.CappedQuality)
            output.WithConstantRateFactor(options.Crf);
        else
            output.WithCustomArgument(own.Add("-b:v", bitrate!));
        if (control is FfmpegRateControl.BufferedBitrate or FfmpegRateControl.CappedQuality)
            output.WithCustomArgument(own.Add("-maxrate", bitrate!, "-bufsize", Doubled(bitrate!)));
    }

    private static string Doubled(string bitrate)
    {
        var digits = bitrate.TrimEnd('k', 'K', 'M', 'm');
        return double.TryParse(digits, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number)
            ? (number * 2).ToString(CultureInfo.InvariantCulture) + bitrate[digits.Length..]
            : throw new FfmpegException("The profile's video bit rate is not a number with k or M.");
    }

    private static List<string> Named(params ReadOnlySpan<(string Name, string? Value)> arguments)
    {
        List<string> named = [];
        foreach (var (name, value) in arguments)
        {
            if (value is not null)
                named.AddRange([name, value]);
        }

        return named;
    }

    private static string Seconds(TimeSpan value) => value.TotalSeconds.ToString("0.######", CultureInfo.InvariantCulture);
}
