using System.Globalization;
using global::FFMpegCore;

namespace SmartCache.FFMpegCore.Probing;

/// <summary>Turns ffprobe's reply into facts.</summary>
internal static class SourceFacts
{
    // Demuxers whose input names other files; only "file" is opened, but that is every video of every job on the machine.
    private static readonly string[] s_lists = ["hls", "applehttp", "concat", "dash", "imf"];

    // A real rate above this is always told as the average. Without one it is the clock of the time stamps: 90000/1 in MPEG-TS, 1000/1 in WebM.
    private const double MaxRate = 300;

    /// <summary>Facts of a file, with a look at its packets where nothing else tells how long its pictures last, or how many there are in a second.</summary>
    /// <param name="reply">What ffprobe said.</param>
    /// <param name="ffprobe">The program.</param>
    /// <param name="path">The file.</param>
    /// <param name="time">Clock of the limit on that look.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="FfmpegException">There is no video in it.</exception>
    public static async Task<IReadOnlyDictionary<string, string>> FromAsync(
        FFProbeAnalysis reply, string ffprobe, string path, TimeProvider time, CancellationToken cancellationToken)
    {
        Refuse(reply);
        var duration = DurationFact.Told(reply);
        var hasRate = Rate(reply.Pictures()!) is not null;
        if (hasRate && !DurationFact.IsToBeMeasured(duration))
            return From(reply, duration, null);

        var ends = await PacketEnds.MeasureAsync(ffprobe, path, reply.Pictures()!.Index, counts: !hasRate, time, cancellationToken).ConfigureAwait(false);
        if (ends is { } measured && DurationFact.IsToBeMeasured(duration))
            duration = DurationFact.Measured(duration, reply, measured);
        return From(reply, duration, ends?.Rate);
    }

    private static void Refuse(FFProbeAnalysis reply)
    {
        // ffprobe takes a text file for terminal art and a picture for a video of one frame.
        var format = reply.Format?.FormatName ?? "";
        if (format is "tty" or "image2" || format.EndsWith("_pipe", StringComparison.Ordinal))
            throw new FfmpegException("The file is a text or a picture and not a video.");

        // Its content would be that of files which its hash says nothing about, and which may be another job's.
        if (format.Split(',').Any(s_lists.Contains))
            throw new FfmpegException("The file is a list of other files and not a video.") { IsListOfFiles = true };

        if (reply.Pictures() is null)
            throw new FfmpegException("The file has no video stream.");
    }

    private static SortedDictionary<string, string> From(FFProbeAnalysis reply, DurationFact? duration, double? countedRate)
    {
        var video = reply.Pictures()!;
        var audio = reply.Streams.FirstOrDefault(static stream => stream.CodecType == "audio");
        var facts = new SortedDictionary<string, string>(StringComparer.Ordinal);
        void Add(string name, string? value)
        {
            if (!string.IsNullOrEmpty(value) && value is not ("N/A" or "0/0" or "0:1" or "unknown"))
                facts[name] = value;
        }

        Add("format", reply.Format?.FormatName);
        Add("bit_rate", reply.Format?.BitRate);

        // The pictures' own duration: a longer sound track does not show in a playlist.
        Add(MediaFacts.Duration, duration?.Text);
        Add(MediaFacts.DurationSource, duration?.Source);
        Add(MediaFacts.Width, Text(video.Width is > 0 ? video.Width : null));
        Add(MediaFacts.Height, Text(video.Height is > 0 ? video.Height : null));
        Add(MediaFacts.VideoCodec, video.CodecName);
        Add(MediaFacts.FrameRate, Rate(video));
        if (Rate(video) is null && countedRate is <= MaxRate)
            Add(MediaFacts.CountedFrameRate, FormattableString.Invariant($"{countedRate * 1000:0}/1000"));
        Add(MediaFacts.Rotation, Rotation(video));
        Add("video.profile", video.Profile);
        Add("video.level", Text(video.Level is > 0 ? video.Level : null));
        Add("video.bit_rate", video.BitRate);
        Add("video.pixel_format", video.PixelFormat);
        Add("video.sample_aspect_ratio", video.SampleAspectRatio);
        Add("video.field_order", video.FieldOrder);
        Add("video.color_transfer", video.ColorTransfer);
        Add(MediaFacts.AudioCodec, audio?.CodecName);
        Add("audio.channels", Text(audio?.Channels is > 0 ? audio.Channels : null));
        Add("audio.sample_rate", audio?.SampleRate is "0" ? null : audio?.SampleRate);
        Add("audio.bit_rate", audio?.BitRate);
        return facts;
    }

    private static string? Rotation(FFProbeStream video)
    {
        double clockwise = 0;
        // Counter-clockwise in the display matrix, clockwise in the tag.
        if (video.SideData?.FirstOrDefault(static data => data.ContainsKey("rotation")) is { } matrix && matrix["rotation"].TryGetValue<double>(out var rotation))
            clockwise = -rotation;
        else if (video.Tags is not null && video.Tags.TryGetValue("rotate", out var tag) && double.TryParse(tag, NumberStyles.Float, CultureInfo.InvariantCulture, out var degrees))
            clockwise = degrees;

        var whole = ((int)Math.Round(clockwise) % 360 + 360) % 360;
        return whole == 0 ? null : Text(whole);
    }

    private static string? Rate(FFProbeStream video) =>
        Rate(video.AvgFrameRate) is not null ? video.AvgFrameRate : Rate(video.FrameRate) is <= MaxRate ? video.FrameRate : null;

    private static double? Rate(string? fraction) =>
        fraction?.Split('/') is [var above, var below]
        && double.TryParse(above, NumberStyles.None, CultureInfo.InvariantCulture, out var frames)
        && double.TryParse(below, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds)
        && frames > 0 && seconds > 0
            ? frames / seconds
            : null;

    private static string? Text(int? value) => value?.ToString(CultureInfo.InvariantCulture);
}
