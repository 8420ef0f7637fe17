using System.IO.Enumeration;
using Microsoft.Win32.SafeHandles;

namespace SmartCache.Storage.Platform;

/// <summary>The disk of whoever only looks: each call that would leave something behind throws, so that no code above can.</summary>
internal sealed class ReadOnlyFileSystem(FileSystem inner) : FileSystem
{
    public override bool AppendsInOneStep => inner.AppendsInOneStep;

    public override long OpenFileLimit => inner.OpenFileLimit;

    public override string? Boot => inner.Boot;

    public override uint? User => inner.User;

    public override SafeFileHandle OpenRead(string path) => inner.OpenRead(path);

    public override UncachedReader OpenUncached(string path) => inner.OpenUncached(path);

    public override FileFacts? Stat(string path) => inner.Stat(path);

    public override FileFacts Stat(SafeFileHandle handle) => inner.Stat(handle);

    public override DiskFacts Disk(string directory) => inner.Disk(directory);

    public override DiskKind KindOfDisk(string directory) => inner.KindOfDisk(directory);

    public override LockUse? LookAtLock(string path) => inner.LookAtLock(path);

    public override ILookup<(ulong Device, ulong Inode), int> LockHolders() => inner.LockHolders();

    public override bool FileExists(string path) => inner.FileExists(path);

    public override bool DirectoryExists(string path) => inner.DirectoryExists(path);

    public override string? TargetOf(string link) => inner.TargetOf(link);

    public override IEnumerable<string> List(string directory, bool recursive = false) => inner.List(directory, recursive);

    public override IEnumerable<string> List(string directory, EnumerationOptions options) => inner.List(directory, options);

    public override IEnumerable<string> ListFiles(string directory, string pattern = "*", bool recursive = false) => inner.ListFiles(directory, pattern, recursive);

    public override IEnumerable<string> ListFiles(string directory, EnumerationOptions options) => inner.ListFiles(directory, options);

    public override IEnumerable<string> ListDirectories(string directory) => inner.ListDirectories(directory);

    public override IEnumerable<T> Walk<T>(
        string directory,
        EnumerationOptions options,
        FileSystemEnumerable<T>.FindTransform take,
        FileSystemEnumerable<T>.FindPredicate? includes = null,
        FileSystemEnumerable<T>.FindPredicate? enters = null) => inner.Walk(directory, options, take, includes, enters);

    public override SafeFileHandle CreateNew(string path, UnixFileMode? mode) => throw Refused();

    public override SafeFileHandle OpenAppend(string path, UnixFileMode mode) => throw Refused();

    public override void Append(SafeFileHandle handle, ReadOnlySpan<byte> content) => throw Refused();

    public override bool TryLink(string existing, string link) => throw Refused();

    public override bool TryClone(SafeFileHandle source, SafeFileHandle destination) => throw Refused();

    public override bool TryRenameNoReplace(string source, string destination) => throw Refused();

    public override void Flush(string path) => throw Refused();

    public override void SetModified(string path, DateTimeOffset time) => throw Refused();

    public override void Touch(string path, DateTimeOffset now) => throw Refused();

    public override FileLock? TryLock(string path, bool exclusive, UnixFileMode mode) => throw Refused();

    public override bool IsOnlyHolder(FileLock shared) => throw Refused();

    public override void Delete(string path) => throw Refused();

    public override void Replace(string source, string destination) => throw Refused();

    public override void MakeDirectory(string path) => throw Refused();

    public override void MakeDirectory(string path, UnixFileMode mode) => throw Refused();

    public override string MakeTemporaryDirectory(string prefix) => throw Refused();

    public override void DeleteDirectory(string path, bool recursive = false) => throw Refused();

    private static InvalidOperationException Refused() => new("Whoever only looks at a cache changes nothing.");
}
