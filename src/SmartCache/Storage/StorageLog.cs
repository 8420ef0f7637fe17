using Microsoft.Extensions.Logging;

namespace SmartCache.Storage;

/// <summary>Event ids 400–449 (400 and 401 are <see cref="Layers.FaultLog"/>'s).</summary>
internal static partial class StorageLog
{
    [LoggerMessage(410, LogLevel.Warning, "Cache layer {Layer}: entry {Entry} is quarantined: {Reason}.")]
    public static partial void Quarantined(ILogger logger, string layer, string entry, string reason);

    [LoggerMessage(411, LogLevel.Debug, "Cache layer {Layer}: condemned entry {Entry} could not be moved away yet: {Reason}")]
    public static partial void CondemnedStays(ILogger logger, string layer, string entry, string reason);

    [LoggerMessage(419, LogLevel.Debug, "Cache layer {Layer}: the name of entry {Entry} could not be flushed: {Reason}")]
    public static partial void NameNotFlushed(ILogger logger, string layer, string entry, string reason);

    [LoggerMessage(413, LogLevel.Debug, "Cache layer {Layer}: the use of entry {Entry} could not be noted: {Reason}")]
    public static partial void NotRefreshed(ILogger logger, string layer, string entry, string reason);

    [LoggerMessage(414, LogLevel.Warning, "Cache layer {Layer}: entry {Entry} could not be read and is left where it is: {Reason}")]
    public static partial void Unreadable(ILogger logger, string layer, string entry, string reason);

    [LoggerMessage(425, LogLevel.Warning, "Cache layer {Layer}: entry {Entry} cannot be read by this process's user, or from the disk; it is removed and will be made anew: {Reason}")]
    public static partial void NotReadable(ILogger logger, string layer, string entry, string reason);

    [LoggerMessage(412, LogLevel.Information, "Cache layer {Layer}: waited {Seconds:F0} s for another worker without a sign of life from it; doing the work here.")]
    public static partial void WaitGivenUp(ILogger logger, string layer, double seconds);

    [LoggerMessage(415, LogLevel.Warning, "Cache {Layer}: a file could not be linked between the worker's directory and the cache: they are on different mounts, or on a file system without hard links. What cannot be cloned either is copied each time, which is many times slower. Put both on one mount.")]
    public static partial void NotLinkable(ILogger logger, string layer);

    [LoggerMessage(433, LogLevel.Error, "SmartCache is off: {Reason} Jobs run without it.")]
    public static partial void DirectoryRefused(ILogger logger, string reason);

    [LoggerMessage(434, LogLevel.Information, "SmartCache: '{Directory}' is the cache's own now.")]
    public static partial void DirectoryTaken(ILogger logger, string directory);

    [LoggerMessage(416, LogLevel.Warning, "Cache: a file that was just written has a whole second for its time, so that a further write within the second would leave no trace. What is to be stored or recorded is held back until the time is 2 s old. On a file system with finer times (ext4 with inodes of 256 bytes, xfs, btrfs) it is 10 ms.")]
    public static partial void HeldBack(ILogger logger);
}
