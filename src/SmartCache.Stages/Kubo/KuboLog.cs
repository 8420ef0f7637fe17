using Microsoft.Extensions.Logging;

namespace SmartCache.Stages.Kubo;

/// <summary>Log messages of the Kubo uploader: ids 4100 to 4149. A target appears by its id, which has no credentials.</summary>
internal static partial class KuboLog
{
    [LoggerMessage(4100, LogLevel.Information, "Upload of job {JobId} to {Target}: {FilesSent} files sent, {FilesSkipped} already there, {BytesSent} bytes sent, verified {Verified}.")]
    public static partial void Uploaded(ILogger logger, string jobId, string target, int filesSent, int filesSkipped, long bytesSent, bool verified);

    [LoggerMessage(4101, LogLevel.Warning, "Target {Target} failed for job {JobId}, after {Failures} failures in this upload: {Reason}")]
    public static partial void TargetFailed(ILogger logger, string target, string jobId, int failures, string reason);

    [LoggerMessage(4102, LogLevel.Warning, "Target {Target} allows only add: job {JobId} is sent in one request, and nothing of it can be resumed or verified.")]
    public static partial void AddOnly(ILogger logger, string target, string jobId);

    [LoggerMessage(4103, LogLevel.Warning, "Job {JobId} has a directory that {Target} would shard: it is sent in one request, and nothing of it can be resumed.")]
    public static partial void Sharded(ILogger logger, string target, string jobId);

    [LoggerMessage(4104, LogLevel.Warning, "Target {Target} lacks {Files} files of job {JobId} that it had confirmed: they are sent again.")]
    public static partial void Missing(ILogger logger, string target, string jobId, int files);

    [LoggerMessage(4105, LogLevel.Debug, "A file of job {JobId} was not confirmed by {Target}: {Reason}")]
    public static partial void SendFailed(ILogger logger, string target, string jobId, string reason);

    [LoggerMessage(4106, LogLevel.Debug, "A file of job {JobId} had arrived at {Target} although its request failed.")]
    public static partial void Arrived(ILogger logger, string target, string jobId);
}
