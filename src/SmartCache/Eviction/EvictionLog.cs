using Microsoft.Extensions.Logging;

namespace SmartCache.Eviction;

internal static partial class EvictionLog
{
    // Only the type of the exception: a worker's own policy may put anything into the text.
    [LoggerMessage(700, LogLevel.Error, "Eviction policy {Policy} failed ({Fault}); until it works again, the order of last access is used. Logged once.")]
    public static partial void PolicyFailed(ILogger logger, string policy, string fault);

    [LoggerMessage(701, LogLevel.Information, "The saved state of eviction policy {Policy} cannot be used ({Fault}); it learns anew.")]
    public static partial void StateNotUsed(ILogger logger, string policy, string fault);

    [LoggerMessage(702, LogLevel.Warning, "Events are missing in the history: it could not be written, or not as fast as they came. Jobs are not concerned. Said once; smartcache.history.lost counts them.")]
    public static partial void HistoryNotRecorded(ILogger logger);
}
