using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using Microsoft.Win32.SafeHandles;
using static SmartCache.Storage.Platform.LinuxCalls;
using static SmartCache.Storage.Platform.LinuxNative;

namespace SmartCache.Storage.Platform;

/// <summary>Linux, by direct system calls. Each call is retried on EINTR.</summary>
/// <param name="makesForOwners">Whether what is made belongs to the owner of its directory, and not to this process's user: see <see cref="DirectoryOwner"/>.</param>
[SupportedOSPlatform("linux")]
internal sealed class LinuxFileSystem(bool makesForOwners = false) : FileSystem
{
    private const int MostTries = 1000;

    private static readonly Lazy<string?> _boot = new(ReadBoot);

    public override string? Boot => AssumedBoot ?? _boot.Value;

    public override uint? User => EffectiveUser();

    public override long OpenFileLimit =>
        GetResourceLimit(ResourceOpenFiles, out var limit) == 0 ? (long)Math.Min(limit.Current, long.MaxValue) : base.OpenFileLimit;

    public override DiskFacts Disk(string directory)
    {
        int result;
        FileSystemFacts found;
        do
        {
            result = StatFileSystem(directory, out found);
        }
        while (WasInterrupted(result));

        if (result != 0)
        {
            throw Failure("statfs", directory);
        }

        return new DiskFacts(AtMost((UInt128)found.AvailableBlocks * found.BlockSize), AtMost((UInt128)found.Blocks * found.BlockSize))
        {
            FreeInodes = AtMost(found.AvailableFiles),
            TotalInodes = AtMost(found.Files),
        };

        static long AtMost(UInt128 number) => (long)UInt128.Min(number, (UInt128)long.MaxValue);
    }

    public override SafeFileHandle OpenRead(string path)
    {
        // O_NONBLOCK: opening a planted FIFO would wait for a writer for ever. On regular files it means nothing.
        return RegularOnly(Open(path, ORdOnly | OCloExec | ONoFollow | ONonBlock, UnixFileMode.None), path, out _);
    }

    public override UncachedReader OpenUncached(string path) => new DirectReader(TryOpenDirect(path), () => OpenRead(path));

    public override void DropFromPageCache(string path)
    {
        using var handle = OpenRead(path);
        _ = FAdvise(handle, 0, 0, FAdviseDontNeed);
    }

    /// <summary>A handle that reads from the disk itself; <see langword="null"/> where the file system has no such thing.</summary>
    public static SafeFileHandle? TryOpenDirect(string path)
    {
        var descriptor = LinuxNative.Open(path, ORdOnly | OCloExec | ONoFollow | ONonBlock | ODirect, 0);
        if (descriptor < 0)
        {
            return Marshal.GetLastPInvokeError() is Einval or Enotsup or Eintr ? null : throw Failure("open", path);
        }

        return RegularOnly(new SafeFileHandle(descriptor, ownsHandle: true), path, out _);
    }

    public override SafeFileHandle CreateNew(string path, UnixFileMode? mode)
    {
        const UnixFileMode everyone = (UnixFileMode)0b110_110_110; // less the umask: what the worker's own File.Create gives
        var flags = ORdWr | OCreat | OExcl | OCloExec | ONoFollow;
        if (makesForOwners && mode is { } least)
        {
            return MakeForOwner(path, flags, least);
        }

        var handle = Open(path, flags, mode ?? everyone);
        if (mode is { } wanted)
        {
            TrySetMode(handle, wanted);
        }

        return handle;
    }

    // The kernel takes the inode's lock around the move to the end and the whole write.
    public override bool AppendsInOneStep => true;

    public override SafeFileHandle OpenAppend(string path, UnixFileMode mode)
    {
        var handle = OpenOrMake(path, ORdWr | OAppend | OCloExec | ONoFollow | ONonBlock, mode);
        _ = RegularOnly(handle, path, out var facts);
        if ((facts.Mode & mode) != mode)
        {
            TrySetMode(handle, facts.Mode | mode);
        }

        return handle;
    }

    public override unsafe void Append(SafeFileHandle handle, ReadOnlySpan<byte> content)
    {
        nint written;
        fixed (byte* start = content)
        {
            do
            {
                written = Write(handle, start, (nuint)content.Length);
            }
            while (written == -1 && Marshal.GetLastPInvokeError() == Eintr);
        }

        if (written == -1)
        {
            throw Failure("write", "open file");
        }

        if (written != content.Length)
        {
            // A disk that fills up takes a part. The rest is not written behind it: another appender may stand there by now.
            throw new IOException($"Only {written} of {content.Length} bytes were appended; the disk is probably full.", Enospc);
        }
    }

    public override FileFacts? Stat(string path) => LinuxStat.Of(path);

    public override FileFacts Stat(SafeFileHandle handle) => LinuxStat.Of(handle);

    public override void Flush(string path) => LinuxFlush.Whole(path);

    public override void Flush(string path, OperationPulse pulse) => LinuxFlush.InParts(path, pulse);

    public override FileLock? TryLock(string path, bool exclusive, UnixFileMode mode) => LinuxLocks.TryTake(path, exclusive, mode, OpenOrMake);

    public override bool IsOnlyHolder(FileLock shared) => LinuxLocks.IsOnlyHolder(shared);

    public override LockUse? LookAtLock(string path) => LinuxLocks.Look(path);

    public override ILookup<(ulong Device, ulong Inode), int> LockHolders() => LinuxLocks.Holders();

    public override bool TryLink(string existing, string link)
    {
        int result;
        do
        {
            result = Link(existing, link);
        }
        while (WasInterrupted(result));

        if (result == 0)
        {
            return true;
        }

        // EXDEV also between bind mounts of one file system; EPERM where links are not supported or protected_hardlinks forbids them.
        return Marshal.GetLastPInvokeError() is Exdev or Emlink or Eperm or Enotsup or Enosys ? false : throw Failure("link", link);
    }

    public override bool TryClone(SafeFileHandle source, SafeFileHandle destination)
    {
        var sourceDescriptor = source.DangerousGetHandle();
        if (Retry(() => Ioctl(destination, FiClone, sourceDescriptor)) == 0)
        {
            GC.KeepAlive(source);
            return true;
        }

        // EINVAL: a file system that clones only between files of other kinds (a swap file, xfs without reflink).
        const int enotty = 25, eisdir = 21;
        return Marshal.GetLastPInvokeError() is Enotsup or Exdev or Einval or enotty or Enosys or Eperm or eisdir
            ? false
            : throw Failure("clone", "open file");
    }

    public override bool TryRenameNoReplace(string source, string destination)
    {
        if (Retry(() => RenameAt2(AtFdCwd, source, AtFdCwd, destination, RenameNoReplace)) == 0)
        {
            return true;
        }

        switch (Marshal.GetLastPInvokeError())
        {
            case Eexist or Enotempty:
                return false;
            case Einval or Enosys:
                // A file system, or a sandbox, without the flag. Entries are directories with a manifest inside, and rename(2) refuses to
                // replace a directory that is not empty, so the plain call keeps the promise for them; link(2) keeps it for a file.
                var isDirectory = Stat(source) is { Kind: FileKind.Directory };
                if (Retry(() => isDirectory ? Rename(source, destination) : Link(source, destination)) == 0)
                {
                    return isDirectory || Retry(() => Unlink(source)) == 0 ? true : throw Failure("unlink", source);
                }

                return Marshal.GetLastPInvokeError() is Eexist or Enotempty ? false : throw Failure("rename", destination);
            default:
                throw Failure("rename", destination);
        }
    }

    public override unsafe void SetModified(string path, DateTimeOffset time)
    {
        const long utimeOmit = (1L << 30) - 2;
        var times = stackalloc TimeSpec[2];
        times[0].Nanoseconds = utimeOmit;
        times[1].Seconds = time.ToUnixTimeSeconds(); // rounds down: before 1970 the nanoseconds still count upwards
        times[1].Nanoseconds = time.UtcTicks % TimeSpan.TicksPerSecond * 100;
        if (UtimensAt(AtFdCwd, path, times, AtSymlinkNoFollow) != 0)
        {
            throw Failure("utimensat", path);
        }
    }

    public override void Touch(string path, DateTimeOffset now)
    {
        try
        {
            SetModified(path, now);
        }
        catch (UnauthorizedAccessException)
        {
            SetModifiedToNow(path);
        }
    }

    private static unsafe void SetModifiedToNow(string path)
    {
        // utimensat(2): with both times UTIME_NOW, permission to write is enough.
        const long utimeNow = (1L << 30) - 1;
        var times = stackalloc TimeSpec[2];
        times[0].Nanoseconds = times[1].Nanoseconds = utimeNow;
        if (UtimensAt(AtFdCwd, path, times, AtSymlinkNoFollow) != 0)
        {
            throw Failure("utimensat", path);
        }
    }

    public override void MakeDirectory(string path, UnixFileMode mode)
    {
        if (!makesForOwners)
        {
            base.MakeDirectory(path, mode);
            return;
        }

        using var owner = DirectoryOwner.Of(path);
        base.MakeDirectory(path, mode | owner.DirectoryMode);
    }

    private SafeFileHandle OpenOrMake(string path, int flags, UnixFileMode mode)
    {
        if (!makesForOwners)
        {
            return Open(path, flags | OCreat, mode);
        }

        // In two steps: as the owner of the directory a file of a third user may not be opened, and as root none may be made. Lock files come and go meanwhile.
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return Open(path, flags, mode);
            }
            catch (FileNotFoundException) when (attempt < MostTries)
            {
                try
                {
                    return MakeForOwner(path, flags | OCreat | OExcl, mode);
                }
                catch (IOException exception) when (exception.HResult == Eexist)
                {
                    // Another process made it.
                }
            }
        }
    }

    private static SafeFileHandle MakeForOwner(string path, int flags, UnixFileMode mode)
    {
        using var owner = DirectoryOwner.Of(path);
        var handle = Open(path, flags, mode | owner.FileMode);
        TrySetMode(handle, mode | owner.FileMode);
        return handle;
    }

    // Not there without /proc, or where a sandbox hides it.
    private static string? ReadBoot()
    {
        try
        {
            return File.ReadAllText("/proc/sys/kernel/random/boot_id").Trim() is { Length: > 0 } boot ? boot : null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
