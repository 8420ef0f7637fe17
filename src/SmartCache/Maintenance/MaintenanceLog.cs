using Microsoft.Extensions.Logging;

namespace SmartCache.Maintenance;

/// <summary>Event ids 500–599.</summary>
internal static partial class MaintenanceLog
{
    [LoggerMessage(500, LogLevel.Information, "Cache cleaned up: {Expired} expired, {Evicted} evicted, {Leftovers} leftovers, {Before} bytes before, {After} after, {Seconds:F2} s.")]
    public static partial void CleanedUp(ILogger logger, int expired, int evicted, int leftovers, long before, long after, double seconds);

    [LoggerMessage(501, LogLevel.Information, "Cache {Layer}: entry {Entry} evicted ({Reason}), {Bytes} bytes, unused for {UnusedHours:F1} h.")]
    public static partial void Evicted(ILogger logger, string layer, string entry, string reason, long bytes, double unusedHours);

    [LoggerMessage(502, LogLevel.Warning, "The cache holds {Bytes} bytes, {TooMany} more than MaxSize ({MaxSize}) allows, and nothing more can go now. It holds {Held}.")]
    public static partial void StillTooLarge(ILogger logger, long bytes, long tooMany, long maxSize, string held);

    [LoggerMessage(503, LogLevel.Error, "A clean-up of the cache failed ({Fault}); the next one is tried at the usual time.")]
    public static partial void CleanupFailed(ILogger logger, string fault);

    [LoggerMessage(505, LogLevel.Information, "Cache directory: {Directory}.")]
    public static partial void Directory(ILogger logger, string directory);

    [LoggerMessage(624, LogLevel.Error, "SmartCache cannot work as it is set up; jobs run without what is out. {States}. The worker runs as uid {User}; {Owners}.")]
    public static partial void LayersOut(ILogger logger, string states, string user, string owners);

    [LoggerMessage(625, LogLevel.Warning, "SmartCache is switched off by the file {Marker}. Jobs run without it until that file is removed.")]
    public static partial void DisabledByMarker(ILogger logger, string marker);

    [LoggerMessage(506, LogLevel.Warning, "{Count} background save(s) of the cache were not finished in the host's shutdown time; they are misses next time.")]
    public static partial void SavesAbandoned(ILogger logger, int count);

    [LoggerMessage(507, LogLevel.Information, "Cache {Layer}: background verification read {Entries} entries, {Bytes} bytes, in {Seconds:F0} s; {Quarantined} were wrong and are in quarantine.")]
    public static partial void Verified(ILogger logger, string layer, int entries, long bytes, int quarantined, double seconds);

    [LoggerMessage(508, LogLevel.Error, "The background verification of the cache failed ({Fault}); it goes on in a minute.")]
    public static partial void VerificationFailed(ILogger logger, string fault);

    [LoggerMessage(509, LogLevel.Information, "Cache profiles: the parts of an unfinished encode of {Entry} are removed; nobody went on with it for {Hours:F1} h.")]
    public static partial void PartsExpired(ILogger logger, string entry, double hours);

    [LoggerMessage(515, LogLevel.Information, "Cache {Layer}: entry {Entry} had to be made again {Hours:F1} h after it was evicted ({Reason}, policy {Policy}): {Seconds:F1} s of work, {Bytes} bytes.")]
    public static partial void Regretted(ILogger logger, string layer, string entry, double hours, string reason, string policy, double seconds, long bytes);
}
