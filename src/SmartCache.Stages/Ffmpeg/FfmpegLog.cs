using Microsoft.Extensions.Logging;

namespace SmartCache.Stages.Ffmpeg;

/// <summary>Log messages of the encoder; ids 2200 to 2299.</summary>
internal static partial class FfmpegLog
{
    [LoggerMessage(2200, LogLevel.Debug, "Encoding profile {Profile} with {Encoder}")]
    public static partial void Begins(ILogger logger, string profile, string encoder);

    [LoggerMessage(2201, LogLevel.Information, "Encoded profile {Profile} with {Encoder}: {Segments} segments, {Duration:0.0} s of video in {Seconds:0.0} s")]
    public static partial void Done(ILogger logger, string profile, string encoder, int segments, double duration, double seconds);

    [LoggerMessage(2202, LogLevel.Warning, "Encoder {Encoder} failed for profile {Profile}, trying {Next}: {Reason}")]
    public static partial void FallsBack(ILogger logger, string encoder, string profile, string next, string reason);
}
