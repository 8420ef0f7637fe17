using Microsoft.Win32.SafeHandles;

namespace SmartCache.Storage.Platform;

/// <summary>
/// Plain .NET, for systems other than Linux: no links and no clones, so every hit is a copy. Compiled everywhere, meant for Windows;
/// its locks are sharing modes, which Windows enforces between all processes.
/// </summary>
internal sealed class PortableFileSystem : FileSystem
{
    public override SafeFileHandle OpenRead(string path) =>
        File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);

    public override SafeFileHandle CreateNew(string path, UnixFileMode? mode) =>
        File.OpenHandle(path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);

    public override bool AppendsInOneStep => false;

    public override SafeFileHandle OpenAppend(string path, UnixFileMode mode) =>
        File.OpenHandle(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);

    public override void Append(SafeFileHandle handle, ReadOnlySpan<byte> content) =>
        RandomAccess.Write(handle, content, RandomAccess.GetLength(handle));

    public override FileFacts? Stat(string path)
    {
        FileSystemInfo info = Directory.Exists(path) ? new DirectoryInfo(path) : new FileInfo(path);
        if (!info.Exists)
        {
            return null;
        }

        var kind = info.LinkTarget is not null ? FileKind.Other : info is DirectoryInfo ? FileKind.Directory : FileKind.Regular;
        return Facts(kind, info is FileInfo file ? file.Length : 0, info.LastWriteTimeUtc);
    }

    public override FileFacts Stat(SafeFileHandle handle) =>
        Facts(FileKind.Regular, RandomAccess.GetLength(handle), File.GetLastWriteTimeUtc(handle));

    public override bool TryLink(string existing, string link) => false;

    public override bool TryClone(SafeFileHandle source, SafeFileHandle destination) => false;

    public override bool TryRenameNoReplace(string source, string destination)
    {
        try
        {
            // MoveFileEx without MOVEFILE_REPLACE_EXISTING is atomic; on other systems this is a look and a rename.
            Directory.Move(source, destination);
            return true;
        }
        catch (IOException) when (Path.Exists(destination))
        {
            return false;
        }
    }

    public override void Flush(string path)
    {
        // Windows cannot flush a directory through a handle; its journal orders the rename.
        if (File.Exists(path))
        {
            using var handle = File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
            RandomAccess.FlushToDisk(handle);
        }
    }

    public override void SetModified(string path, DateTimeOffset time) => File.SetLastWriteTimeUtc(path, time.UtcDateTime);

    public override FileLock? TryLock(string path, bool exclusive, UnixFileMode mode)
    {
        try
        {
            var handle = exclusive
                ? File.OpenHandle(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Delete)
                : File.OpenHandle(path, FileMode.OpenOrCreate, FileAccess.Read, FileShare.Read | FileShare.Delete);
            return new FileLock(path, handle, exclusive);
        }
        catch (IOException) when (File.Exists(path))
        {
            return null;
        }
    }

    public override bool IsOnlyHolder(FileLock shared) => false;

    // Without inode numbers every file is file 0 of device 0: identity then rests on length and time alone, and Links = 0 forbids hard links.
    private static FileFacts Facts(FileKind kind, long length, DateTime written)
    {
        var modified = (written - DateTime.UnixEpoch).Ticks * 100;
        return new()
        {
            Kind = kind,
            Length = length,
            AllocatedBytes = length,
            ModifiedNanoseconds = modified,
            IsSettled = SettledTime.IsSettled(modified, SettledTime.Now),
        };
    }
}
