using Microsoft.Extensions.Logging;

namespace SmartCache.FFMpegCore.Running;

/// <summary>Log messages of the encoder; ids 2200 to 2299.</summary>
internal static partial class FfmpegLog
{
    [LoggerMessage(2200, LogLevel.Debug, "Encoding profile {Profile} with {Encoder}")]
    public static partial void Begins(ILogger logger, string profile, string encoder);

    [LoggerMessage(2201, LogLevel.Information, "Encoded profile {Profile} with {Encoder}: {Segments} segments, {Duration:0.0} s of video in {Seconds:0.0} s")]
    public static partial void Done(ILogger logger, string profile, string encoder, int segments, double duration, double seconds);

    [LoggerMessage(2203, LogLevel.Warning, "The encode of profile {Profile} lasts {Seconds:0.0} s, and {Expected:0.0} s were expected (duration.source={Source})")]
    public static partial void LastsAnotherTime(ILogger logger, string profile, double seconds, double expected, string source);

    [LoggerMessage(2204, LogLevel.Warning, "The source of profile {Profile} is {What}, and the default filter keeps it so: {Consequence}. FfmpegOptions.VideoFilter can convert it. Said once for each source")]
    public static partial void Kept(ILogger logger, string profile, string what, string consequence);

    [LoggerMessage(2202, LogLevel.Warning, "Encoder {Encoder} failed for profile {Profile}, trying {Next}: {Reason}")]
    public static partial void FallsBack(ILogger logger, string encoder, string profile, string next, string reason);

    [LoggerMessage(2205, LogLevel.Debug, "Encoding {Count} profiles in one run with {Encoder}: {Profiles}")]
    public static partial void BeginsTogether(ILogger logger, int count, string encoder, string profiles);

    [LoggerMessage(2206, LogLevel.Warning, "One run for {Count} profiles failed, so that each is encoded by itself: {Reason}")]
    public static partial void TogetherFailed(ILogger logger, int count, string reason);

    [LoggerMessage(2207, LogLevel.Warning, "Profile {Profile} of a run for several is not whole, and is encoded by itself: {Reason}")]
    public static partial void OneOfThemFailed(ILogger logger, string profile, string reason);

    [LoggerMessage(2208, LogLevel.Information, "Profile {Profile} goes on at {Seconds:0.0} s, from {Parts} segments that were finished, by {Way}")]
    public static partial void GoesOn(ILogger logger, string profile, double seconds, int parts, string way);

    [LoggerMessage(2209, LogLevel.Information, "Profile {Profile} begins anew although parts of it were finished: {Reason}")]
    public static partial void BeginsAnew(ILogger logger, string profile, string reason);

    [LoggerMessage(2210, LogLevel.Warning, "Profile {Profile} begins anew, because what was finished of it does not fit or cannot be used: {Reason}")]
    public static partial void PartsDoNotFit(ILogger logger, string profile, string reason);

    [LoggerMessage(2211, LogLevel.Debug, "Nothing is kept of profile {Profile} for the case that its encode is interrupted: {Reason}")]
    public static partial void KeepsNothing(ILogger logger, string profile, string reason);

    [LoggerMessage(2212, LogLevel.Information, "Profile {Profile} goes on by {Way} now: {Reason}")]
    public static partial void CutsAgain(ILogger logger, string profile, string way, string reason);
}
