using SmartCache.Storage.Platform;

namespace SmartCache.Tests.Support;

/// <summary>The real file system, but the N-th lock asked for is an error of the disk.</summary>
internal sealed class LockThatFailsOnce(int at) : ForwardingFileSystem
{
    private int _asked;

    public override FileLock? TryLock(string path, bool exclusive, UnixFileMode mode) =>
        Interlocked.Increment(ref _asked) == at ? throw new IOException("open: Input/output error (errno 5)", 5) : base.TryLock(path, exclusive, mode);
}
