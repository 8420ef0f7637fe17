using Microsoft.Extensions.Logging;

namespace SmartCache.Space;

/// <summary>Event ids 800–899.</summary>
internal static partial class SpaceLog
{
    [LoggerMessage(800, LogLevel.Information, "Cache {Layer}: entry {Entry} is not stored, {Bytes} bytes: {Reason}.")]
    public static partial void Refused(ILogger logger, string layer, string entry, long bytes, string reason);

    [LoggerMessage(802, LogLevel.Warning, "The file system of {Directory} has {Available} bytes left, less than MinFreeSpace ({Floor}), and the cache has nothing left that would free some. It stores nothing until there is space again.")]
    public static partial void StillTooFull(ILogger logger, string directory, long available, long floor);

    [LoggerMessage(803, LogLevel.Warning, "MaxSize ({MaxSize} bytes) cannot be reached: with MinFreeSpace the cache in {Directory} has room for {Reachable} bytes. Lower MaxSize or MinFreeSpace, or make space.")]
    public static partial void NotReachable(ILogger logger, long maxSize, string directory, long reachable);

    [LoggerMessage(804, LogLevel.Warning, "The cache in {Directory} lies on {Format}, in memory: it is gone after a restart of the machine and takes the memory of the jobs. Set Cache:Directory to a place on a disk, for example /var/cache/worker.")]
    public static partial void InMemory(ILogger logger, string directory, string format);

    [LoggerMessage(805, LogLevel.Warning, "The cache in {Directory} lies on {Format}, a network file system: locks and renames are not dependable there. Set Cache:Directory to a place on a local disk, for example /var/cache/worker.")]
    public static partial void OnNetwork(ILogger logger, string directory, string format);

    [LoggerMessage(806, LogLevel.Warning, "Entries that unfinished jobs need are evicted, {Bytes} bytes of {Needed} that they need in all: {Limit}, or run fewer jobs at a time.")]
    public static partial void WorkingSetEvicted(ILogger logger, long bytes, long needed, string limit);

    [LoggerMessage(807, LogLevel.Warning, "An entry of {Bytes} bytes is not stored, and nothing is evicted for it: unfinished jobs need what would have to go, {Needed} bytes in all. {Limit}, or run fewer jobs at a time.")]
    public static partial void WorkingSetKept(ILogger logger, long bytes, long needed, string limit);

    [LoggerMessage(808, LogLevel.Warning, "The file system of {Directory} has {Free} inodes left, less than MinFreeInodes ({Floor}), and the cache has nothing left that would free some. It stores nothing until there are some again.")]
    public static partial void StillTooFewInodes(ILogger logger, string directory, long free, long floor);

    [LoggerMessage(809, LogLevel.Warning, "The file system of {Directory} said that it is full. {Evicted} entries of the cache went; {Available} bytes and {FreeInodes} inodes are left.")]
    public static partial void DiskWasFull(ILogger logger, string directory, int evicted, long available, long freeInodes);
}
