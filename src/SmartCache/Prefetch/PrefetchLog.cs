using Microsoft.Extensions.Logging;

namespace SmartCache.Prefetch;

/// <summary>Event ids 900–949. Never a URL, an option value or a path of the worker.</summary>
internal static partial class PrefetchLog
{
    [LoggerMessage(900, LogLevel.Information, "Prefetch {Priority}: {Outcome}, job {Job}, key {Key}, {Bytes} bytes, downloaded in {Seconds:F3} s, paused for {Paused:F3} s ({Details}).")]
    public static partial void Done(ILogger logger, PrefetchPriority priority, PrefetchOutcome outcome, string job, string key, long bytes, double seconds, double paused, string details);

    [LoggerMessage(901, LogLevel.Information, "Prefetch {Priority}: would be fetched, job {Job}, key {Key}.")]
    public static partial void Observed(ILogger logger, PrefetchPriority priority, string job, string key);

    [LoggerMessage(902, LogLevel.Debug, "Prefetch {Priority} failed, job {Job}, key {Key} ({Fault}); one more try in {Seconds:F0} s.")]
    public static partial void TriedAgain(ILogger logger, PrefetchPriority priority, string job, string key, string fault, double seconds);

    [LoggerMessage(910, LogLevel.Information, "Warmed: {Suggested} suggested, {Stored} stored, {Bytes} bytes, {Seconds:F1} s.")]
    public static partial void Warmed(ILogger logger, int suggested, int stored, long bytes, double seconds);

    [LoggerMessage(911, LogLevel.Warning, "The warmer {Warmer} failed ({Fault}); it is asked again at the next interval.")]
    public static partial void WarmerFailed(ILogger logger, string warmer, string fault);
}
