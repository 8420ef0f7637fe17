using Microsoft.Win32.SafeHandles;
using SmartCache.Storage.Platform;

namespace SmartCache.Tests.Support;

/// <summary>The real file system, to be bent in one place.</summary>
internal abstract class ForwardingFileSystem : FileSystem
{
    protected static FileSystem Real => Current;

    public override uint? User => Real.User;

    public override long OpenFileLimit => Real.OpenFileLimit;

    public override string? Boot => Real.Boot;

    public override bool AppendsInOneStep => Real.AppendsInOneStep;

    public override FileLock? TryLock(string path, bool exclusive, UnixFileMode mode) => Real.TryLock(path, exclusive, mode);

    public override bool IsOnlyHolder(FileLock shared) => Real.IsOnlyHolder(shared);

    public override SafeFileHandle OpenRead(string path) => Real.OpenRead(path);

    public override SafeFileHandle CreateNew(string path, UnixFileMode? mode) => Real.CreateNew(path, mode);

    public override SafeFileHandle OpenAppend(string path, UnixFileMode mode) => Real.OpenAppend(path, mode);

    public override void Append(SafeFileHandle handle, ReadOnlySpan<byte> content) => Real.Append(handle, content);

    public override FileFacts? Stat(string path) => Real.Stat(path);

    public override FileFacts Stat(SafeFileHandle handle) => Real.Stat(handle);

    public override DiskFacts Disk(string directory) => Real.Disk(directory);

    public override DiskKind KindOfDisk(string directory) => Real.KindOfDisk(directory);

    public override bool TryLink(string existing, string link) => Real.TryLink(existing, link);

    public override bool TryClone(SafeFileHandle source, SafeFileHandle destination) => Real.TryClone(source, destination);

    public override bool TryRenameNoReplace(string source, string destination) => Real.TryRenameNoReplace(source, destination);

    public override void Flush(string path) => Real.Flush(path);

    public override void SetModified(string path, DateTimeOffset time) => Real.SetModified(path, time);
}
