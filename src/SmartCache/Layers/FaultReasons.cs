using SmartCache.Abstractions;
using SmartCache.Diagnostics;
using SmartCache.Storage;
using SmartCache.Storage.Platform;

namespace SmartCache.Layers;

/// <summary>What an exception of the cache's own means to jobs and operators.</summary>
internal static class FaultReasons
{
    /// <summary>What a fault of an operation is to the job that met it.</summary>
    public static Reason Of(string operation, Exception exception) => new(CodeOf(exception), $"the cache failed at '{operation}' ({FailureNames.Of(exception)})");

    public static CacheReason CodeOf(Exception exception) => exception switch
    {
        _ when DiskError.IsFull(exception) => CacheReason.NoRoom,
        TimeoutException => CacheReason.Resting,
        ForeignDirectoryException => CacheReason.ForeignDirectory,
        UnauthorizedAccessException => CacheReason.NoAccess,
        _ when DiskError.IsReadOnly(exception) => CacheReason.NoAccess,
        _ => CacheReason.Fault,
    };
}
