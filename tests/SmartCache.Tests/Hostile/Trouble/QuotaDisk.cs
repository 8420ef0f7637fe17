using Microsoft.Win32.SafeHandles;
using SmartCache.Storage.Platform;
using SmartCache.Tests.Support;

namespace SmartCache.Tests.Hostile.Trouble;

/// <summary>A user's share of a disk that is used up: nothing new, nothing longer. What is there can be read.</summary>
internal sealed class QuotaDisk : ForwardingFileSystem
{
    private const int Edquot = 122;

    public bool IsOver { get; set; }

    public override FileLock? TryLock(string path, bool exclusive, UnixFileMode mode) => File.Exists(path) ? base.TryLock(path, exclusive, mode) : Ask().TryLock(path, exclusive, mode);

    public override SafeFileHandle CreateNew(string path, UnixFileMode? mode) => Ask().CreateNew(path, mode);

    public override SafeFileHandle OpenAppend(string path, UnixFileMode mode) => File.Exists(path) ? base.OpenAppend(path, mode) : Ask().OpenAppend(path, mode);

    public override void Append(SafeFileHandle handle, ReadOnlySpan<byte> content) => Ask().Append(handle, content);

    public override bool TryLink(string existing, string link) => Ask().TryLink(existing, link);

    private FileSystem Ask() => IsOver ? throw new IOException("Disk quota exceeded", Edquot) : Real;
}
