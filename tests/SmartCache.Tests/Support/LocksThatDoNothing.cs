using SmartCache.Storage.Platform;

namespace SmartCache.Tests.Support;

/// <summary>A file system that grants every lock, as a network mount without <c>flock</c> does; all else is real.</summary>
internal sealed class LocksThatDoNothing : RealFileSystem
{
    public override FileLock? TryLock(string path, bool exclusive, UnixFileMode mode) =>
        new(path, File.OpenHandle(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete), exclusive);

    public override bool IsOnlyHolder(FileLock shared) => true;
}
