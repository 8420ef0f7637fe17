using Microsoft.Extensions.Logging;

namespace SmartCache.Uploads;

/// <summary>Log lines of the upload layer, ids 300 to 349. Targets appear as hashes, exceptions as types.</summary>
internal static partial class UploadLog
{
    [LoggerMessage(300, LogLevel.Information, "Upload of job {Job}: {Outcome} in layer {Layer}, tree {Key}, {BytesSent} bytes in {FilesSent} files sent, {BytesSkipped} bytes in {FilesSkipped} files skipped, {Seconds:F3} s, {SecondsSaved:F1} s saved, reason {Reason} ({Details}).")]
    public static partial void Finished(
        ILogger logger, string job, CacheOutcome outcome, string layer, string key, long bytesSent, int filesSent, long bytesSkipped, int filesSkipped, double seconds, double secondsSaved, CacheReason reason, string details);

    [LoggerMessage(301, LogLevel.Information, "Upload of job {Job}: failed in layer {Layer}, tree {Key}, after {Seconds:F3} s: {Failure}; it was not skipped for the reason {Reason} ({Details}). What the target confirmed is kept for the next attempt.")]
    public static partial void Failed(ILogger logger, string job, string layer, string key, double seconds, string failure, CacheReason reason, string details);

    [LoggerMessage(302, LogLevel.Information, "Upload of job {Job}: cancelled in layer {Layer}, tree {Key}, after {Seconds:F3} s; it was not skipped for the reason {Reason} ({Details}). What the target confirmed is kept for the next attempt.")]
    public static partial void Cancelled(ILogger logger, string job, string layer, string key, double seconds, CacheReason reason, string details);

    [LoggerMessage(303, LogLevel.Information, "Upload of job {Job}: layer {Layer} observes; on, it would have skipped {Files} files with {Bytes} bytes of tree {Key}.")]
    public static partial void Observed(ILogger logger, string job, string layer, int files, long bytes, string key);

    [LoggerMessage(304, LogLevel.Warning, "Upload of job {Job}: its tree could not be hashed ({Failure}); it is uploaded without the cache.")]
    public static partial void TreeUnreadable(ILogger logger, string job, string failure);

    [LoggerMessage(305, LogLevel.Warning, "Upload of job {Job}: how it ended could not be recorded ({Failure}).")]
    public static partial void NotKept(ILogger logger, string job, string failure);

    [LoggerMessage(310, LogLevel.Warning, "Upload target {Target} does not say what it holds; what was recorded there is neither relied on nor forgotten.")]
    public static partial void PresenceUnknown(ILogger logger, string target);

    [LoggerMessage(320, LogLevel.Debug, "{States} expired upload states removed.")]
    public static partial void StatesExpired(ILogger logger, int states);

    [LoggerMessage(321, LogLevel.Debug, "Journal {Part} of upload target {Target} sorted: of {Lines} lines {Live} count.")]
    public static partial void PartSorted(ILogger logger, string part, string target, int lines, int live);

    [LoggerMessage(322, LogLevel.Debug, "Journal {Part} of upload target {Target} deleted: nothing in it is young enough to be of use.")]
    public static partial void PartDeleted(ILogger logger, string part, string target);

    [LoggerMessage(323, LogLevel.Warning, "Journal of upload target {Target} could not be sorted or aged: {Fault}.")]
    public static partial void UpkeepFailed(ILogger logger, string target, string fault);

    [LoggerMessage(324, LogLevel.Warning, "Journal of upload target {Target} is written by a newer version of the library. What that version recorded is not known here, and nothing is recorded beside it: uploads to this target are not resumed until a new day begins or the newer version runs again.")]
    public static partial void NewerJournal(ILogger logger, string target);
}
