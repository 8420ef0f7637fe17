using Microsoft.Extensions.Logging;

namespace SmartCache.Stages.Http;

/// <summary>Log messages of the download; ids 2100 to 2199. A source is named by the hash of its identity, never by its URL.</summary>
internal static partial class HttpDownloadLog
{
    [LoggerMessage(2100, LogLevel.Debug, "Download {Source} begins at byte {Offset}")]
    public static partial void Begins(ILogger logger, string source, long offset);

    [LoggerMessage(2101, LogLevel.Information, "Download {Source} done: {Bytes} bytes, {Resumed} of them from an earlier attempt, {Seconds:0.0} s")]
    public static partial void Done(ILogger logger, string source, long bytes, long resumed, double seconds);

    [LoggerMessage(2102, LogLevel.Warning, "Download {Source} from address {Endpoint} of {Endpoints} failed at byte {Offset}: {Reason}")]
    public static partial void TryFailed(ILogger logger, string source, int endpoint, int endpoints, long offset, string reason);

    [LoggerMessage(2103, LogLevel.Warning, "The place for partial downloads cannot be written to or read; download {Source} starts anew beside its destination")]
    public static partial void PartialPlaceLost(ILogger logger, string source);
}
