using Microsoft.Extensions.Logging;

namespace SmartCache.Sources;

/// <summary>Event ids 101–199. Never a URL, an option value or a path of the worker.</summary>
internal static partial class SourceLog
{
    [LoggerMessage(101, LogLevel.Warning, "The downloaded video is not stored: {Reason}.")]
    public static partial void NotAccepted(ILogger logger, string reason);

    [LoggerMessage(102, LogLevel.Warning, "The downloaded video is not stored: the probe does not take it for a video ({Fault}).")]
    public static partial void ProbeRefused(ILogger logger, string fault);

    [LoggerMessage(103, LogLevel.Information, "The downloaded video is not stored: the worker changed the file while it was being hashed.")]
    public static partial void ChangedMeanwhile(ILogger logger);

    [LoggerMessage(104, LogLevel.Warning, "The downloaded video is not stored: its SHA-256 is not the one its content id names.")]
    public static partial void WrongContent(ILogger logger);

    [LoggerMessage(105, LogLevel.Debug, "Source {Entry} stored, {Bytes} bytes.")]
    public static partial void Stored(ILogger logger, string entry, long bytes);

    [LoggerMessage(106, LogLevel.Warning, "Source {Entry} is dropped from the cache: {Reason}. The next attempt downloads it again.")]
    public static partial void Dropped(ILogger logger, string entry, string reason);

    [LoggerMessage(107, LogLevel.Information, "Source {Entry} was suspected ({Reason}), read again in full and found right.")]
    public static partial void Acquitted(ILogger logger, string entry, string reason);

    [LoggerMessage(108, LogLevel.Information, "The source is not stored: {Bytes} bytes are more than MaxSize allows.")]
    public static partial void TooLarge(ILogger logger, long bytes);

    [LoggerMessage(111, LogLevel.Information, "Source {Entry} is kept until {Until:u} although an encode of it failed ({Reason}): the same bytes came again after it had been dropped. It is read again in full.")]
    public static partial void Kept(ILogger logger, string entry, string reason, DateTimeOffset until);

    [LoggerMessage(112, LogLevel.Warning, "The downloaded video is not stored: its modification time lies ahead of the clock, so that nobody could tell whether it changes.")]
    public static partial void DatedAhead(ILogger logger);

    [LoggerMessage(109, LogLevel.Warning, "A download request has no key ({Fault}) and goes past the cache.")]
    public static partial void NoKey(ILogger logger, string fault);
}
