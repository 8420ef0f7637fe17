using System.Collections.Concurrent;
using Microsoft.Win32.SafeHandles;
using SmartCache.Storage.Platform;
using SmartCache.Tests.Support;

namespace SmartCache.Tests.Remote;

/// <summary>The real file system, with a count of each kind of call.</summary>
internal sealed class CountedCalls : ForwardingFileSystem
{
    private readonly ConcurrentDictionary<string, int> _calls = new(StringComparer.Ordinal);

    /// <summary>How often each was made.</summary>
    public IReadOnlyDictionary<string, int> Calls => _calls;

    public void Clear() => _calls.Clear();

    public override FileLock? TryLock(string path, bool exclusive, UnixFileMode mode) => Counted("lock", base.TryLock(path, exclusive, mode));

    public override SafeFileHandle OpenRead(string path) => Counted("open", base.OpenRead(path));

    public override SafeFileHandle CreateNew(string path, UnixFileMode? mode) => Counted("create", base.CreateNew(path, mode));

    public override SafeFileHandle OpenAppend(string path, UnixFileMode mode) => Counted("open to append", base.OpenAppend(path, mode));

    public override FileFacts? Stat(string path) => Counted("stat", base.Stat(path));

    public override FileFacts Stat(SafeFileHandle handle) => Counted("fstat", base.Stat(handle));

    public override bool FileExists(string path) => Counted("exists", base.FileExists(path));

    public override bool DirectoryExists(string path) => Counted("directory exists", base.DirectoryExists(path));

    public override IEnumerable<string> ListFiles(string directory, string pattern, bool recursive) => Counted("list", base.ListFiles(directory, pattern, recursive));

    public override bool TryLink(string existing, string link) => Counted("link", base.TryLink(existing, link));

    public override bool TryClone(SafeFileHandle source, SafeFileHandle destination) => Counted("clone", base.TryClone(source, destination));

    public override bool TryRenameNoReplace(string source, string destination) => Counted("rename", base.TryRenameNoReplace(source, destination));

    public override void Replace(string source, string destination)
    {
        base.Replace(source, destination);
        Counted("replace", true);
    }

    public override void Delete(string path)
    {
        base.Delete(path);
        Counted("delete", true);
    }

    public override void SetModified(string path, DateTimeOffset time)
    {
        base.SetModified(path, time);
        Counted("utime", true);
    }

    private T Counted<T>(string call, T result)
    {
        _calls.AddOrUpdate(call, 1, static (_, count) => count + 1);
        return result;
    }
}
