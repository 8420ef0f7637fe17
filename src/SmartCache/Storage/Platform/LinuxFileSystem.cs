using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using Microsoft.Win32.SafeHandles;
using static SmartCache.Storage.Platform.LinuxNative;

namespace SmartCache.Storage.Platform;

/// <summary>Linux, by direct system calls. Each call is retried on EINTR.</summary>
[SupportedOSPlatform("linux")]
internal sealed partial class LinuxFileSystem : FileSystem
{
    public override SafeFileHandle OpenRead(string path)
    {
        // O_NONBLOCK: opening a planted FIFO would wait for a writer for ever. On regular files it means nothing.
        return RegularOnly(Open(path, ORdOnly | OCloExec | ONoFollow | ONonBlock, UnixFileMode.None), path, out _);
    }

    public override SafeFileHandle CreateNew(string path, UnixFileMode? mode)
    {
        const UnixFileMode everyone = (UnixFileMode)0b110_110_110; // less the umask: what the worker's own File.Create gives
        var handle = Open(path, ORdWr | OCreat | OExcl | OCloExec | ONoFollow, mode ?? everyone);
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
        var handle = Open(path, ORdWr | OCreat | OAppend | OCloExec | ONoFollow | ONonBlock, mode);
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

    public override FileFacts? Stat(string path)
    {
        int result;
        StatxBuffer buffer;
        var now = SettledTime.Now;
        do
        {
            result = Statx(AtFdCwd, path, AtSymlinkNoFollow, StatxBasic, out buffer);
        }
        while (WasInterrupted(result));

        if (result == 0)
        {
            return Facts(buffer, now);
        }

        return Marshal.GetLastPInvokeError() is Enoent or Enotdir ? null : throw Failure("statx", path);
    }

    public override FileFacts Stat(SafeFileHandle handle)
    {
        int result;
        StatxBuffer buffer;
        var now = SettledTime.Now;
        do
        {
            result = Statx(handle, "", AtEmptyPath, StatxBasic, out buffer);
        }
        while (WasInterrupted(result));

        return result == 0 ? Facts(buffer, now) : throw Failure("statx", "open file");
    }

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

    public override void Flush(string path)
    {
        using var handle = Open(path, ORdOnly | OCloExec | ONoFollow | ONonBlock, UnixFileMode.None);
        if (Retry(() => Fsync(handle)) != 0)
        {
            throw Failure("fsync", path);
        }
    }

    public override void Flush(string path, OperationPulse pulse)
    {
        const long part = 16 << 20;
        using var handle = Open(path, ORdOnly | OCloExec | ONoFollow | ONonBlock, UnixFileMode.None);
        var length = Stat(handle).Length;
        for (long offset = 0; offset < length; offset += part)
        {
            pulse.Beat();
            if (Retry(() => SyncFileRange(handle, offset, part, WriteAndWait)) != 0)
            {
                if (Marshal.GetLastPInvokeError() is Einval or Enosys or Enotsup or Espipe)
                {
                    break;
                }

                // An error of the disk is told once per open file: fsync would not tell it again.
                throw Failure("sync_file_range", path);
            }
        }

        // What is left is small: metadata, and the disk's own cache.
        pulse.Beat();
        if (Retry(() => Fsync(handle)) != 0)
        {
            throw Failure("fsync", path);
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

    public override FileLock? TryLock(string path, bool exclusive, UnixFileMode mode)
    {
        // Bounded: on a file system whose inode numbers do not stay the same, the name would never lead to the locked file.
        const int mostTries = 1000;
        for (var attempt = 0; attempt < mostTries; attempt++)
        {
            var handle = Open(path, ORdWr | OCreat | OCloExec | ONoFollow, mode);
            try
            {
                if (TryFlock(handle, exclusive) != 0)
                {
                    // Every other result must not count as a lock: .NET itself swallows ENOLCK and EIO here, and two owners result.
                    if (Marshal.GetLastPInvokeError() != Eagain)
                    {
                        throw Failure("flock", path);
                    }

                    handle.Dispose();
                    return null;
                }

                if (!exclusive && MarkShared(handle) != 0)
                {
                    throw Failure("fcntl", path);
                }

                // The holder before may have deleted the file: a lock on an unlinked inode excludes nobody.
                var locked = Stat(handle);
                if (Stat(path) is { } named && named.Inode == locked.Inode && named.Device == locked.Device)
                {
                    if ((locked.Mode & mode) != mode)
                    {
                        // The umask took the group's bits from a file that workers under another user must lock as well.
                        TrySetMode(handle, locked.Mode | mode);
                    }

                    return new FileLock(path, handle, exclusive);
                }
            }
            catch
            {
                handle.Dispose();
                throw;
            }

            handle.Dispose();
        }

        throw new IOException($"The name '{Path.GetFileName(path)}' never leads to the file that was locked.");
    }

    public override bool IsOnlyHolder(FileLock shared)
    {
        // The lock's own mark does not conflict with the question, because both belong to one open file description.
        var question = new FileRange { Type = WriteRange };
        return Fcntl(shared.Handle, FOfdGetLk, ref question) == 0 && question.Type == NoRange;
    }

    private static int TryFlock(SafeFileHandle handle, bool exclusive)
    {
        int result;
        do
        {
            result = Flock(handle, (exclusive ? LockExclusive : LockShared) | LockNonBlocking);
        }
        while (WasInterrupted(result));

        return result;
    }

    private static int MarkShared(SafeFileHandle handle)
    {
        var mark = new FileRange { Type = ReadRange };
        int result;
        do
        {
            result = Fcntl(handle, FOfdSetLk, ref mark);
        }
        while (WasInterrupted(result));

        return result;
    }

    private static SafeFileHandle Open(string path, int flags, UnixFileMode mode)
    {
        int descriptor;
        do
        {
            descriptor = LinuxNative.Open(path, flags, (int)mode);
        }
        while (WasInterrupted(descriptor));

        return descriptor >= 0 ? new SafeFileHandle(descriptor, ownsHandle: true) : throw Failure("open", path);
    }

    /// <summary>Gives the handle back if it is a regular file's, and closes it otherwise, also where that cannot be told.</summary>
    private static SafeFileHandle RegularOnly(SafeFileHandle handle, string path, out FileFacts facts)
    {
        try
        {
            facts = Current.Stat(handle);
            return facts.Kind == FileKind.Regular ? handle : throw new IOException($"'{Path.GetFileName(path)}' is not a regular file.");
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }

    private static void TrySetMode(SafeFileHandle handle, UnixFileMode mode)
    {
        try
        {
            File.SetUnixFileMode(handle, mode);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // Another user's file: its owner set the mode, or nobody can.
        }
    }

    private static bool WasInterrupted(int result) => result == -1 && Marshal.GetLastPInvokeError() == Eintr;

    /// <summary>For the calls that are too slow for a closure to matter; the others of a hit have loops of their own.</summary>
    private static int Retry(Func<int> call)
    {
        int result;
        do
        {
            result = call();
        }
        while (WasInterrupted(result));

        return result;
    }

    private static FileFacts Facts(in StatxBuffer buffer, DateTimeOffset before)
    {
        var modified = (buffer.ModifiedSeconds * 1_000_000_000) + buffer.ModifiedNanoseconds;
        var kind = (buffer.Mode & 0xf000) switch { 0x8000 => FileKind.Regular, 0x4000 => FileKind.Directory, _ => FileKind.Other };
        return new(kind, ((ulong)buffer.DeviceMajor << 32) | buffer.DeviceMinor, buffer.Inode, buffer.Links, buffer.Size, buffer.Blocks * 512, modified, (UnixFileMode)(buffer.Mode & 0xfff))
        {
            BornNanoseconds = (buffer.BornSeconds * 1_000_000_000) + buffer.BornNanoseconds,
            Owner = buffer.Owner,
            IsSettled = SettledTime.IsSettled(modified, before),
        };
    }

    private static Exception Failure(string call, string path)
    {
        var error = Marshal.GetLastPInvokeError();
        var message = $"{call} '{Path.GetFileName(path)}': {Marshal.GetPInvokeErrorMessage(error)} (errno {error})";
        return error switch
        {
            Enoent => new FileNotFoundException(message),
            Eacces or Eperm => new UnauthorizedAccessException(message),
            _ => new IOException(message, error),
        };
    }
}
