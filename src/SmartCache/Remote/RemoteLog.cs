using Microsoft.Extensions.Logging;

namespace SmartCache.Remote;

/// <summary>Event ids 900–999.</summary>
internal static partial class RemoteLog
{
    [LoggerMessage(900, LogLevel.Information, "The cache shares {Description} with other hosts, mode {Mode}.")]
    public static partial void Uses(ILogger logger, string description, RemoteMode mode);

    [LoggerMessage(901, LogLevel.Warning, "The remote store rests for {Direction}: {Fault}. Jobs go on with the local cache alone until it answers again.")]
    public static partial void Rests(ILogger logger, string direction, string fault);

    [LoggerMessage(902, LogLevel.Information, "The remote store answers {Direction} again.")]
    public static partial void WorksAgain(ILogger logger, string direction);

    [LoggerMessage(903, LogLevel.Warning, "Remote object {Object} is wrong and was deleted: {Reason}. The job did the work itself.")]
    public static partial void Wrong(ILogger logger, string @object, string reason);

    [LoggerMessage(904, LogLevel.Error, "The remote store refuses: {Fault}. Look at its address, the bucket, the credentials and this machine's clock. Jobs go on with the local cache alone.")]
    public static partial void RefusesUs(ILogger logger, string fault);

    [LoggerMessage(905, LogLevel.Warning, "{Entries} entries will not reach the remote store: {Reason}.")]
    public static partial void Dropped(ILogger logger, int entries, string reason);

    [LoggerMessage(906, LogLevel.Debug, "Remote: {Object} sent, {Bytes} bytes in {Seconds:F3} s.")]
    public static partial void Sent(ILogger logger, string @object, long bytes, double seconds);

    [LoggerMessage(907, LogLevel.Warning, "The remote store does not keep conditions ({Which}): workers of several hosts may do the same work at the same time.")]
    public static partial void KeepsNoConditions(ILogger logger, string which);

    [LoggerMessage(908, LogLevel.Error, "Cache:Remote:Mode is {Mode}, and no object store is registered. Add one, such as UseS3Remote() of the package SmartCache.S3. Jobs go on with the local cache alone.")]
    public static partial void NoStore(ILogger logger, RemoteMode mode);

    [LoggerMessage(909, LogLevel.Debug, "Remote: {Object} not sent: {Reason}.")]
    public static partial void NotSent(ILogger logger, string @object, string reason);
}
