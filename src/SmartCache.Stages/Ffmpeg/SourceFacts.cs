using System.Globalization;

namespace SmartCache.Stages.Ffmpeg;

/// <summary>Turns ffprobe's reply into facts.</summary>
internal static class SourceFacts
{
    // Demuxers whose input names other files; only "file" is opened, but that is every video of every job on the machine.
    private static readonly string[] s_lists = ["hls", "applehttp", "concat", "dash", "imf"];

    /// <exception cref="FfmpegException">There is no video in it.</exception>
    public static IReadOnlyDictionary<string, string> From(FfprobeReply reply)
    {
        // ffprobe takes a text file for terminal art and a picture for a video of one frame.
        var format = reply.Format?.FormatName ?? "";
        if (format is "tty" or "image2" || format.EndsWith("_pipe", StringComparison.Ordinal))
            throw new FfmpegException("The file is a text or a picture and not a video.");

        // Its content would be that of files which its hash says nothing about, and which may be another job's.
        if (format.Split(',').Any(s_lists.Contains))
            throw new FfmpegException("The file is a list of other files and not a video.") { IsListOfFiles = true };

        var video = reply.Streams?.Find(stream => stream.CodecType == "video" && (stream.Disposition?.GetValueOrDefault("attached_pic") ?? 0) == 0)
            ?? throw new FfmpegException("The file has no video stream.");
        var audio = reply.Streams!.Find(stream => stream.CodecType == "audio");

        var facts = new SortedDictionary<string, string>(StringComparer.Ordinal);
        void Add(string name, string? value)
        {
            if (!string.IsNullOrEmpty(value) && value is not ("N/A" or "0/0" or "unknown"))
                facts[name] = value;
        }

        Add("format", format);
        Add("bit_rate", reply.Format?.BitRate);

        // The picture's own duration: a longer sound track does not show in a playlist.
        Add(MediaFacts.Duration, Positive(video.Duration) ?? Positive(reply.Format?.Duration));
        Add(MediaFacts.Width, Text(video.Width));
        Add(MediaFacts.Height, Text(video.Height));
        Add(MediaFacts.VideoCodec, video.CodecName);
        Add(MediaFacts.FrameRate, video.AverageFrameRate is null or "0/0" ? video.RealFrameRate : video.AverageFrameRate);
        Add(MediaFacts.Rotation, Rotation(video));
        Add("video.profile", video.Profile);
        Add("video.level", Text(video.Level is > 0 ? video.Level : null));
        Add("video.bit_rate", video.BitRate);
        Add("video.pixel_format", video.PixelFormat);
        Add("video.sample_aspect_ratio", video.SampleAspectRatio);
        Add("video.field_order", video.FieldOrder);
        Add("video.color_transfer", video.ColorTransfer);
        Add(MediaFacts.AudioCodec, audio?.CodecName);
        Add("audio.channels", Text(audio?.Channels));
        Add("audio.sample_rate", audio?.SampleRate);
        Add("audio.bit_rate", audio?.BitRate);
        return facts;
    }

    private static string? Rotation(FfprobeReply.Stream video)
    {
        double clockwise = 0;
        if (video.SideData?.Find(data => data.Rotation is not null) is { Rotation: { } rotation })
            clockwise = -rotation;
        else if (video.Tags is not null && video.Tags.TryGetValue("rotate", out var tag) && double.TryParse(tag, NumberStyles.Float, CultureInfo.InvariantCulture, out var degrees))
            clockwise = degrees;

        var whole = ((int)Math.Round(clockwise) % 360 + 360) % 360;
        return whole == 0 ? null : Text(whole);
    }

    private static string? Positive(string? seconds) =>
        double.TryParse(seconds, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && value > 0 ? seconds : null;

    private static string? Text(int? value) => value?.ToString(CultureInfo.InvariantCulture);
}
