using Microsoft.Win32.SafeHandles;
using SmartCache.Storage.Platform;

namespace SmartCache.Tests.Support;

/// <summary>A file system that grants every lock, as a network mount without <c>flock</c> does; all else is real.</summary>
internal sealed class LocksThatDoNothing : FileSystem
{
    private static FileSystem Real => Current;

    public override bool AppendsInOneStep => Real.AppendsInOneStep;

    public override FileLock? TryLock(string path, bool exclusive, UnixFileMode mode) =>
        new(path, File.OpenHandle(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete), exclusive);

    public override bool IsOnlyHolder(FileLock shared) => true;

    public override SafeFileHandle OpenRead(string path) => Real.OpenRead(path);

    public override SafeFileHandle CreateNew(string path, UnixFileMode? mode) => Real.CreateNew(path, mode);

    public override SafeFileHandle OpenAppend(string path, UnixFileMode mode) => Real.OpenAppend(path, mode);

    public override void Append(SafeFileHandle handle, ReadOnlySpan<byte> content) => Real.Append(handle, content);

    public override FileFacts? Stat(string path) => Real.Stat(path);

    public override FileFacts Stat(SafeFileHandle handle) => Real.Stat(handle);

    public override bool TryLink(string existing, string link) => Real.TryLink(existing, link);

    public override bool TryClone(SafeFileHandle source, SafeFileHandle destination) => Real.TryClone(source, destination);

    public override bool TryRenameNoReplace(string source, string destination) => Real.TryRenameNoReplace(source, destination);

    public override void Flush(string path) => Real.Flush(path);

    public override void SetModified(string path, DateTimeOffset time) => Real.SetModified(path, time);
}
