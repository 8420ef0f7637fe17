using Microsoft.Extensions.Logging;

namespace SmartCache.Remote;

/// <summary>Event ids 1000–1099.</summary>
internal static partial class RemoteLog
{
    [LoggerMessage(1000, LogLevel.Information, "The cache shares {Description} with other hosts, mode {Mode}.")]
    public static partial void Uses(ILogger logger, string description, RemoteMode mode);

    [LoggerMessage(1001, LogLevel.Warning, "The remote store rests for {Direction}: {Fault}. Jobs go on with the local cache alone until it answers again.")]
    public static partial void Rests(ILogger logger, string direction, string fault);

    [LoggerMessage(1002, LogLevel.Information, "The remote store answers {Direction} again.")]
    public static partial void WorksAgain(ILogger logger, string direction);

    [LoggerMessage(1003, LogLevel.Warning, "Remote object {Object} is wrong and {What}: {Reason}. A job that asked for it did the work itself.")]
    public static partial void Wrong(ILogger logger, string @object, string what, string reason);

    [LoggerMessage(1004, LogLevel.Error, "The remote store refuses: {Fault}. Look at its address, the bucket, the credentials and this machine's clock. Jobs go on with the local cache alone.")]
    public static partial void RefusesUs(ILogger logger, string fault);

    [LoggerMessage(1005, LogLevel.Warning, "{Entries} entries will not reach the remote store: {Reason}.")]
    public static partial void Dropped(ILogger logger, int entries, string reason);

    [LoggerMessage(1006, LogLevel.Debug, "Remote: {Object} sent, {Bytes} bytes in {Seconds:F3} s.")]
    public static partial void Sent(ILogger logger, string @object, long bytes, double seconds);

    [LoggerMessage(1007, LogLevel.Warning, "The remote store does not keep conditions ({Which}): workers of several hosts may do the same work at the same time.")]
    public static partial void KeepsNoConditions(ILogger logger, string which);

    [LoggerMessage(1008, LogLevel.Error, "Cache:Remote:Mode is {Mode}, and no object store is registered. Add one, such as UseS3Remote() of the package SmartCache.S3. Jobs go on with the local cache alone.")]
    public static partial void NoStore(ILogger logger, RemoteMode mode);

    [LoggerMessage(1009, LogLevel.Debug, "Remote: {Object} not sent: {Reason}.")]
    public static partial void NotSent(ILogger logger, string @object, string reason);
}
