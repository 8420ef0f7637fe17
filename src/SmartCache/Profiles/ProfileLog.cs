using Microsoft.Extensions.Logging;

namespace SmartCache.Profiles;

/// <summary>Event ids 200–299.</summary>
internal static partial class ProfileLog
{
    [LoggerMessage(201, LogLevel.Warning, "The encoded profile '{Profile}' is not stored: {Details}.")]
    public static partial void NotStored(ILogger logger, string profile, string details);

    [LoggerMessage(202, LogLevel.Warning, "The encoded profile '{Profile}' is not stored: neither its recipe nor a source probe says how long it must be. Register an ISourceProbe or set EncodeRecipe.ExpectedDuration. Said once.")]
    public static partial void NoDuration(ILogger logger, string profile);

    [LoggerMessage(203, LogLevel.Debug, "Profile {Entry} stored, {Files} files, {Bytes} bytes.")]
    public static partial void Stored(ILogger logger, string entry, int files, long bytes);

    [LoggerMessage(204, LogLevel.Warning, "The encoder could not describe profile '{Profile}' ({Fault}); it is encoded without the cache.")]
    public static partial void NotDescribed(ILogger logger, string profile, string fault);

    [LoggerMessage(206, LogLevel.Warning, "The encoded profile '{Profile}' is not stored: the modification time of one of its files lies ahead of the clock, so that nobody could tell whether it changes.")]
    public static partial void DatedAhead(ILogger logger, string profile);

    [LoggerMessage(207, LogLevel.Warning, "The run of {Count} profiles together failed when {Done} of them were done ({Failure}); the others are encoded one by one.")]
    public static partial void LadderFailed(ILogger logger, int count, int done, string failure);

    [LoggerMessage(208, LogLevel.Information, "{Parts} parts of an earlier encode of profile '{Profile}' can be used, {Seconds:F1} s of work.")]
    public static partial void PartsFound(ILogger logger, int parts, string profile, double seconds);

    [LoggerMessage(209, LogLevel.Warning, "Parts of an earlier encode of profile '{Profile}' cannot be used, and are dropped: {Details}.")]
    public static partial void PartsUnusable(ILogger logger, string profile, string details);

    [LoggerMessage(210, LogLevel.Information, "A finished part of profile '{Profile}' is not kept: {Details}. Said once for each encode.")]
    public static partial void PartNotKept(ILogger logger, string profile, string details);

    [LoggerMessage(211, LogLevel.Warning, "The parts of profile '{Profile}' are dropped: the encode that went on from them failed and got no further.")]
    public static partial void PartsDropped(ILogger logger, string profile);

    [LoggerMessage(212, LogLevel.Information, "From here on no part of profile '{Profile}' is kept, unless its encoder opens them again: {Details}. Said once for each encode.")]
    public static partial void PartsNotOpen(ILogger logger, string profile, string details);

    [LoggerMessage(626, LogLevel.Debug, "What the encoder threw when it was asked to describe profile '{Profile}'.")]
    public static partial void NotDescribedBecause(ILogger logger, Exception exception, string profile);

    [LoggerMessage(205, LogLevel.Information, "The encoded profile '{Profile}' is not stored: the worker changed its files while they were being hashed.")]
    public static partial void ChangedMeanwhile(ILogger logger, string profile);
}
