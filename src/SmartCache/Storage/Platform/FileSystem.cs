using System.IO.Enumeration;
using Microsoft.Win32.SafeHandles;

namespace SmartCache.Storage.Platform;

/// <summary>
/// The one door to the disk: <c>File</c>, <c>Directory</c> and their like are banned outside this folder (<c>BannedSymbols.txt</c>). First what .NET does not
/// offer, or offers with side effects; then what it does well enough.
/// The seam for other systems: <see cref="LinuxFileSystem"/> is the real one, <see cref="PortableFileSystem"/> the plain one elsewhere.
/// Failures are <see cref="IOException"/> or <see cref="UnauthorizedAccessException"/>, of the first kind with the path's last part and errno in the message.
/// </summary>
internal abstract class FileSystem
{
    /// <summary><see cref="Exception.HResult"/> of a failure because two names lie on different file systems, or on different layers of one.</summary>
    public const int CrossDevice = LinuxNative.Exdev;

    /// <summary>The file system of this process, for whoever makes a cache; everybody else is given one.</summary>
    public static FileSystem Current { get; } = OperatingSystem.IsLinux() ? new LinuxFileSystem() : new PortableFileSystem();

    /// <summary>Another start of the machine than this one, for tests of what a power cut leaves.</summary>
    public static string? AssumedBoot { get; set; }

    /// <summary>The same for whoever works on the cache of others, as another user perhaps: what it makes has the owner and the permissions of the directory in which it lies.</summary>
    public static FileSystem ForOwners { get; } = OperatingSystem.IsLinux() ? new LinuxFileSystem(makesForOwners: true) : Current;

    /// <summary>How many files this process may have open.</summary>
    public virtual long OpenFileLimit => 1024;

    /// <summary>
    /// Another one after each start of the machine: what was written and not flushed under another one may be older than it was. <see langword="null"/> where
    /// the system does not say.
    /// </summary>
    public virtual string? Boot => null;

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

    /// <summary>What the file system that a directory lies on has.</summary>
    public virtual DiskFacts Disk(string directory)
    {
        var drive = new DriveInfo(directory);
        return new DiskFacts(drive.AvailableFreeSpace, drive.TotalSize);
    }

    /// <summary>What kind of file system a directory lies on. All mounts of the machine are read for it.</summary>
    public virtual DiskKind KindOfDisk(string directory)
    {
        var drive = new DriveInfo(directory);
        return new DiskKind(drive.DriveFormat, drive.DriveType);
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

    /// <summary>How a lock file is held, without making it. <see langword="null"/> where there is none, or nobody holds it.</summary>
    /// <remarks>Takes nothing, so that nobody who tries to take it just then finds it taken.</remarks>
    public virtual LockUse? LookAtLock(string path) => null;

    /// <summary>Which processes hold a lock on which file, as far as this one may see them.</summary>
    public virtual ILookup<(ulong Device, ulong Inode), int> LockHolders() => Array.Empty<int>().ToLookup(static _ => (0UL, 0UL));

    /// <summary>Whether a file is there, or a link that leads to one. Never throws.</summary>
    public virtual bool FileExists(string path) => File.Exists(path);

    /// <summary>Whether a directory is there, or a link that leads to one. Never throws.</summary>
    public virtual bool DirectoryExists(string path) => Directory.Exists(path);

    /// <summary>Deletes a file, or the name of a link; nothing where there is none.</summary>
    public virtual void Delete(string path) => File.Delete(path);

    /// <summary>Gives a file another name, in place of what has that name.</summary>
    public virtual void Replace(string source, string destination) => File.Move(source, destination, overwrite: true);

    /// <summary>Makes a directory and those above it, as any directory that the worker makes.</summary>
    public virtual void MakeDirectory(string path) => Directory.CreateDirectory(path);

    /// <summary>Makes a directory with at least this mode, whatever the umask. Those above it are made without.</summary>
    public virtual void MakeDirectory(string path, UnixFileMode mode)
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(path);
            return;
        }

        try
        {
            Directory.CreateDirectory(path, mode);

            // What is there already stays, first of all the setgid bit, which mkdir(2) takes over from the parent: without it the group's other users are locked out below.
            var made = File.GetUnixFileMode(path);
            if ((made & mode) != mode)
            {
                File.SetUnixFileMode(path, made | mode);
            }
        }
        catch (UnauthorizedAccessException) when (Stat(path) is { Kind: FileKind.Directory })
        {
            // A worker under another user made it at the same moment, and gives it the mode.
        }
        catch (IOException exception) when (WasRemoved(exception, path))
        {
            // Whoever wants to put something into it finds that out, and makes it again.
        }
    }

    // A clean-up removes directories that are empty, also one that was made, or found, a moment ago.
    private bool WasRemoved(IOException exception, string path) =>
        (exception is FileNotFoundException or DirectoryNotFoundException && Stat(Path.GetDirectoryName(path)!) is not null)
        || (exception.HResult == LinuxNative.Eexist && Stat(path) is null or { Kind: FileKind.Directory });

    /// <summary>Makes a directory of a fresh name where the system keeps what is temporary.</summary>
    public virtual string MakeTemporaryDirectory(string prefix) => Directory.CreateTempSubdirectory(prefix).FullName;

    /// <summary>Deletes an empty directory, or with <paramref name="recursive"/> one with all that is in it.</summary>
    public virtual void DeleteDirectory(string path, bool recursive = false) => Directory.Delete(path, recursive);

    /// <summary>Where a symbolic link leads in the end; <see langword="null"/> where the name is none.</summary>
    public virtual string? TargetOf(string link) => File.ResolveLinkTarget(link, returnFinalTarget: true)?.FullName;

    /// <summary>Paths of all that lies in a directory; with <paramref name="recursive"/> also below it, through links too.</summary>
    public virtual IEnumerable<string> List(string directory, bool recursive = false) =>
        Directory.EnumerateFileSystemEntries(directory, "*", recursive ? SearchOption.AllDirectories : SearchOption.TopDirectoryOnly);

    /// <inheritdoc cref="List(string, bool)"/>
    public virtual IEnumerable<string> List(string directory, EnumerationOptions options) => Directory.EnumerateFileSystemEntries(directory, "*", options);

    /// <summary>Paths of the files in a directory, by the end of their names.</summary>
    public virtual IEnumerable<string> ListFiles(string directory, string pattern = "*", bool recursive = false) =>
        Directory.EnumerateFiles(directory, pattern, recursive ? SearchOption.AllDirectories : SearchOption.TopDirectoryOnly);

    /// <inheritdoc cref="ListFiles(string, string, bool)"/>
    public virtual IEnumerable<string> ListFiles(string directory, EnumerationOptions options) => Directory.EnumerateFiles(directory, "*", options);

    /// <summary>A walk below a directory that takes what the listing itself says, without a look at each file.</summary>
    /// <typeparam name="T">What is taken of each.</typeparam>
    /// <param name="directory">Where it begins.</param>
    /// <param name="options">How far it goes.</param>
    /// <param name="take">What is taken.</param>
    /// <param name="includes">What counts; everything without it.</param>
    /// <param name="enters">Which directories are walked through; all without it.</param>
    public virtual IEnumerable<T> Walk<T>(
        string directory,
        EnumerationOptions options,
        FileSystemEnumerable<T>.FindTransform take,
        FileSystemEnumerable<T>.FindPredicate? includes = null,
        FileSystemEnumerable<T>.FindPredicate? enters = null) =>
        new FileSystemEnumerable<T>(directory, take, options) { ShouldIncludePredicate = includes, ShouldRecursePredicate = enters };

    /// <summary>
    /// A listing; nothing where there is no such directory. One that cannot be looked at is no empty one: what was in it would count as nothing, so its exception
    /// passes, which <see cref="DirectoryExists"/> would swallow.
    /// </summary>
    public static IEnumerable<string> ListOrNone(Func<IEnumerable<string>> list)
    {
        try
        {
            // The directory is opened here, and not at the first step.
            return list();
        }
        catch (DirectoryNotFoundException)
        {
            return [];
        }
    }

    /// <summary>Paths of the directories in a directory.</summary>
    public virtual IEnumerable<string> ListDirectories(string directory) => Directory.EnumerateDirectories(directory);
}
