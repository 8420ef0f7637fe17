using System.Globalization;
using global::FFMpegCore;
using SmartCache.Stages.Ffmpeg;

namespace SmartCache.FFMpegCore;

/// <summary>Turns FFMpegCore's analysis back into what ffprobe said, so that one place decides what a fact is.</summary>
internal static class MediaAnalysisReply
{
    public static FfprobeReply From(IMediaAnalysis analysis) => new()
    {
        Format = new FfprobeReply.Container
        {
            FormatName = analysis.Format.FormatName,
            Duration = Seconds(analysis.Format.Duration),
            BitRate = Number(analysis.Format.BitRate),
        },
        Streams = [.. analysis.VideoStreams.OrderBy(stream => stream.Index).Select(From), .. analysis.AudioStreams.OrderBy(stream => stream.Index).Select(From)],
    };

    private static FfprobeReply.Stream From(VideoStream video) => new()
    {
        Index = video.Index,
        CodecType = "video",
        CodecName = video.CodecName,
        Profile = video.Profile,
        Level = video.Level,
        Width = video.Width,
        Height = video.Height,
        PixelFormat = video.PixelFormat,
        SampleAspectRatio = video.SampleAspectRatio is { Width: > 0, Height: > 0 } ratio ? $"{ratio.Width}:{ratio.Height}" : null,
        ColorTransfer = video.ColorTransfer,
        AverageFrameRate = Fraction(video.AvgFrameRate),
        RealFrameRate = Fraction(video.FrameRate),
        BitRate = Number(video.BitRate),
        Duration = Seconds(video.Duration),
        StartTime = Seconds(video.StartTime),
        Disposition = video.Disposition?.ToDictionary(item => item.Key, item => item.Value ? 1 : 0),
        // FFMpegCore tells the tag's clockwise and the matrix's counter-clockwise angle in one field; where there is a tag, it is read instead.
        Tags = video.Tags,
        SideData = video.Tags?.ContainsKey("rotate") == true ? null : [new FfprobeReply.SideData { Rotation = video.Rotation }],
    };

    private static FfprobeReply.Stream From(AudioStream audio) => new()
    {
        CodecType = "audio",
        CodecName = audio.CodecName,
        Channels = audio.Channels,
        SampleRate = Number(audio.SampleRateHz),
        BitRate = Number(audio.BitRate),
    };

    // Common rates are whole or whole · 1000/1001.
    private static string? Fraction(double rate)
    {
        if (!double.IsFinite(rate) || rate <= 0)
            return null;

        foreach (var (scale, denominator) in new[] { (1d, 1), (1.001, 1001) })
        {
            var whole = Math.Round(rate * scale);
            if (whole > 0 && Math.Abs(rate * scale - whole) < 1e-4)
                return string.Create(CultureInfo.InvariantCulture, $"{whole * (denominator == 1 ? 1 : 1000)}/{denominator}");
        }

        return string.Create(CultureInfo.InvariantCulture, $"{Math.Round(rate * 1000)}/1000");
    }

    private static string? Seconds(TimeSpan duration) => duration > TimeSpan.Zero ? duration.TotalSeconds.ToString("0.######", CultureInfo.InvariantCulture) : null;

    private static string? Number(double value) => value > 0 ? value.ToString("0", CultureInfo.InvariantCulture) : null;
}
