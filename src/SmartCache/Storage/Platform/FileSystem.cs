using Microsoft.Win32.SafeHandles;

namespace SmartCache.Storage.Platform;

/// <summary>
/// What the cache needs from the operating system and .NET does not offer, or offers with side effects.
/// The seam for other systems: <see cref="LinuxFileSystem"/> is the real one, <see cref="PortableFileSystem"/> the plain one elsewhere.
/// Failures are <see cref="IOException"/> or <see cref="UnauthorizedAccessException"/> with the path's last part and errno in the message.
/// </summary>
internal abstract class FileSystem
{
    /// <summary><see cref="Exception.HResult"/> of a failure because two names lie on different file systems, or on different layers of one.</summary>
    public const int CrossDevice = LinuxNative.Exdev;

    public static FileSystem Current { get; } = OperatingSystem.IsLinux() ? new LinuxFileSystem() : new PortableFileSystem();

    /// <summary>How many files this process may have open.</summary>
    public virtual long OpenFileLimit => 1024;

    /// <summary>The user that this process acts as, and whose files it makes, as <see cref="FileFacts.Owner"/>; <see langword="null"/> where there are none.</summary>
    public virtual uint? User => null;

    /// <summary>
    /// Opens a regular file for reading without .NET's implicit <c>flock(LOCK_SH)</c>, so that the worker's own
    /// <c>File.Create</c> or <c>File.Copy</c> onto it does not throw meanwhile. Never follows a link, never blocks on a FIFO.
    /// </summary>
    public abstract SafeFileHandle OpenRead(string path);

    /// <summary>Opens a regular file to be read once, from the disk, leaving the page cache to others.</summary>
    public virtual UncachedReader OpenUncached(string path) => new PlainReader(OpenRead(path));

    /// <summary>Asks the system to forget what it holds of a file in memory, so that the next read is one of the disk.</summary>
    public virtual void DropFromPageCache(string path)
    {
    }

    /// <summary>Creates a new file for writing, without an implicit lock; fails where the name exists. Without a mode it is as any file the worker makes.</summary>
    public abstract SafeFileHandle CreateNew(string path, UnixFileMode? mode);

    /// <summary>Whether <see cref="Append"/> is one step that other appenders cannot fall into; where not, appenders must exclude each other.</summary>
    public abstract bool AppendsInOneStep { get; }

    /// <summary>Opens a regular file for reading and appending, creating it, without an implicit lock. Never follows a link, never blocks on a FIFO.</summary>
    public abstract SafeFileHandle OpenAppend(string path, UnixFileMode mode);

    /// <summary>Writes at the end of a file opened by <see cref="OpenAppend"/>, wherever that is by now.</summary>
    /// <exception cref="IOException">Not everything was written; a part of it may be there.</exception>
    public abstract void Append(SafeFileHandle handle, ReadOnlySpan<byte> content);

    /// <summary>Facts of a name, not following links; <see langword="null"/> where there is nothing.</summary>
    public abstract FileFacts? Stat(string path);

    /// <summary>The device that a directory lies on; where it is a link to one, as a layer may be, the one that it leads to. <see langword="null"/> where there is none.</summary>
    public ulong? DeviceOf(string directory) => Stat(Path.Combine(directory, "."))?.Device;

    /// <summary>Facts of an open file.</summary>
    public abstract FileFacts Stat(SafeFileHandle handle);

    /// <summary>Facts of the file system that a directory lies on.</summary>
    public virtual DiskFacts Disk(string directory)
    {
        var drive = new DriveInfo(directory);
        return new DiskFacts(drive.AvailableFreeSpace, drive.TotalSize, drive.DriveFormat, drive.DriveType);
    }

    /// <summary>Makes a hard link; false where the file systems or mounts differ, links are not supported, or the link limit is reached.</summary>
    public abstract bool TryLink(string existing, string link);

    /// <summary>Clones the content of one open file into another (copy on write); false where the file system cannot.</summary>
    public abstract bool TryClone(SafeFileHandle source, SafeFileHandle destination);

    /// <summary>Renames without ever replacing, atomically; false where the destination exists.</summary>
    public abstract bool TryRenameNoReplace(string source, string destination);

    /// <summary>Flushes a file or a directory to the disk.</summary>
    public abstract void Flush(string path);

    /// <summary>Flushes a file with a beat for each part that reached the disk, where the system can tell: a large file on a slow disk is no hang.</summary>
    public virtual void Flush(string path, OperationPulse pulse)
    {
        pulse.Beat();
        Flush(path);
    }

    /// <summary>Sets the modification time of a name.</summary>
    public abstract void SetModified(string path, DateTimeOffset time);

    /// <summary>Marks a file as used now. Setting a time of one's choice is for the owner alone; on a file of another user the kernel's own time serves.</summary>
    public virtual void Touch(string path, DateTimeOffset now) => SetModified(path, now);

    /// <summary>
    /// Takes an advisory lock on a lock file, creating it, without waiting; <see langword="null"/> where another holds it in a way that excludes this.
    /// Holders within one process exclude each other like those of other processes. The lock ends with the process.
    /// </summary>
    public abstract FileLock? TryLock(string path, bool exclusive, UnixFileMode mode);

    /// <summary>
    /// Whether no other shared holder of this lock file exists. <c>flock</c> cannot be asked, and a try at upgrading loses the lock where it fails;
    /// so each shared holder marks the file with an open-file-description record lock as well, which can be asked about.
    /// </summary>
    public abstract bool IsOnlyHolder(FileLock shared);
}
