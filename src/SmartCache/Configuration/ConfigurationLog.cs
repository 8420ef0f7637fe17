using Microsoft.Extensions.Logging;

namespace SmartCache.Configuration;

/// <summary>Event ids 600–699.</summary>
internal static partial class ConfigurationLog
{
    [LoggerMessage(600, LogLevel.Information, "SmartCache: enabled {Enabled}, root {Root}, up to {MaxSize} bytes. Settings that are not the default: {Settings}")]
    public static partial void Started(this ILogger logger, bool enabled, string root, long maxSize, string settings);

    [LoggerMessage(601, LogLevel.Error, "SmartCache is switched off, because a setting is invalid. {Failure}")]
    public static partial void DisabledByFailure(this ILogger logger, string failure);

    [LoggerMessage(602, LogLevel.Warning, "{Key} is not a setting of SmartCache and has no effect. The nearest one is {Nearest}.")]
    public static partial void UnknownKey(this ILogger logger, string key, string nearest);

    [LoggerMessage(603, LogLevel.Information, "SmartCache took over changed settings: {Changes}")]
    public static partial void Changed(this ILogger logger, string changes);

    [LoggerMessage(604, LogLevel.Error, "SmartCache refused an edit of its settings and keeps the last good ones. {Failure}")]
    public static partial void Refused(this ILogger logger, string failure);

    [LoggerMessage(605, LogLevel.Information, "The settings of SmartCache are valid again and as they were before.")]
    public static partial void ValidAgain(this ILogger logger);

    [LoggerMessage(606, LogLevel.Warning, "{Key} was changed; this setting is read at start only, and its old value stays until the worker is restarted.")]
    public static partial void NeedsRestart(this ILogger logger, string key);

    [LoggerMessage(607, LogLevel.Error, "SmartCache keeps its last good settings: {Reason}")]
    public static partial void SettingsUnreadable(this ILogger logger, Exception? exception, string reason);

    [LoggerMessage(608, LogLevel.Information, "The settings of SmartCache can be read again.")]
    public static partial void ReadableAgain(this ILogger logger);

    [LoggerMessage(609, LogLevel.Warning, "The settings of SmartCache are valid now, but it stays switched off until the worker is restarted, because {Keys} was invalid at start.")]
    public static partial void StaysDisabled(this ILogger logger, string keys);

    [LoggerMessage(620, LogLevel.Error, "{Implementation}, registered as {Service}{Key}, bypasses the cache. {Advice}")]
    public static partial void StageBypassesCache(this ILogger logger, string implementation, string service, string key, string advice);

    [LoggerMessage(621, LogLevel.Warning, "AddSmartCache() found no stage to decorate: nothing is cached unless the worker uses the stores itself. Register {Services} before it, or give them to the builder that it returns.")]
    public static partial void NoStageDecorated(this ILogger logger, string services);

    [LoggerMessage(622, LogLevel.Warning, "The worker's {Service} could not be made: {Fault}. Until it can, the cache does without what it would say: no download is stored without its probe, and no recorded upload is relied on that would have to be checked. It is tried again at each use; this is said once.")]
    public static partial void HelperNotMade(this ILogger logger, string service, string fault);

    [LoggerMessage(623, LogLevel.Warning, "A helper of the worker's threw when it was disposed of with the cache: {Fault}.")]
    public static partial void HelperNotDisposed(this ILogger logger, string fault);
}
