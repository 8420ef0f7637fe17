using System.Globalization;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using Microsoft.Win32.SafeHandles;
using static SmartCache.Storage.Platform.LinuxCalls;
using static SmartCache.Storage.Platform.LinuxNative;

namespace SmartCache.Storage.Platform;

/// <summary>
/// Advisory locks: <c>flock</c>, which belongs to an open file and not to a process. It cannot be asked who holds it, so that each holder also marks the file with a record
/// lock of its open file, a shared one at its first byte and an exclusive one at its second. Whoever only looks asks for the marks, and takes nothing.
/// </summary>
[SupportedOSPlatform("linux")]
internal static class LinuxLocks
{
    public static FileLock? TryTake(string path, bool exclusive, UnixFileMode mode, Func<string, int, UnixFileMode, SafeFileHandle> openOrMake)
    {
        // Bounded: on a file system whose inode numbers do not stay the same, the name would never lead to the locked file.
        const int mostTries = 1000;
        for (var attempt = 0; attempt < mostTries; attempt++)
        {
            var handle = openOrMake(path, ORdWr | OCloExec | ONoFollow, mode);
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

                // The mark of an exclusive holder decides nothing: without it, whoever looks takes the file for free.
                if (Mark(handle, exclusive, exclusive ? WriteRange : ReadRange) != 0 && !exclusive)
                {
                    throw Failure("fcntl", path);
                }

                // The holder before may have deleted the file: a lock on an unlinked inode excludes nobody.
                var locked = LinuxStat.Of(handle);
                if (LinuxStat.Of(path) is { } named && named.IsSameFileAs(locked))
                {
                    if ((locked.Mode & mode) != mode)
                    {
                        // The umask took the group's bits from a file that workers under another user must lock as well.
                        TrySetMode(handle, locked.Mode | mode);
                    }

                    return new FileLock(path, handle, exclusive, exclusive ? ReleaseExclusive : Release);
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

    public static bool IsOnlyHolder(FileLock shared)
    {
        // The lock's own mark does not conflict with the question, because both belong to one open file description.
        var question = new FileRange { Type = WriteRange };
        return Fcntl(shared.Handle, FOfdGetLk, ref question) == 0 && question.Type == NoRange;
    }

    /// <inheritdoc cref="FileSystem.LookAtLock"/>
    public static LockUse? Look(string path)
    {
        try
        {
            using var handle = Open(path, ORdOnly | OCloExec | ONoFollow | ONonBlock, UnixFileMode.None);
            var question = new FileRange { Type = WriteRange };
            return Fcntl(handle, FOfdGetLk, ref question) != 0 ? throw Failure("fcntl", path)
                : question.Type == NoRange ? null
                : question.Type == WriteRange ? LockUse.Exclusive : LockUse.Shared;
        }
        catch (FileNotFoundException)
        {
            return null;
        }
    }

    /// <inheritdoc cref="FileSystem.LockHolders"/>
    public static ILookup<(ulong Device, ulong Inode), int> Holders()
    {
        // 7: FLOCK  ADVISORY  WRITE 4711 08:01:1234567 0 EOF
        try
        {
            return File.ReadLines("/proc/locks").Select(static line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
                .Where(static fields => fields is [_, "FLOCK", _, _, _, _, ..])
                .Select(static fields => (File: FileOf(fields[5]), IsId: int.TryParse(fields[4], CultureInfo.InvariantCulture, out var id), Id: id))
                .Where(static holder => holder is { IsId: true, Id: > 0 })
                .Distinct()
                .ToLookup(static holder => holder.File, static holder => holder.Id);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return Array.Empty<int>().ToLookup(static _ => (0UL, 0UL));
        }
    }

    private static (ulong Device, ulong Inode) FileOf(string text) =>
        text.Split(':') is [var major, var minor, var inode]
            && uint.TryParse(major, NumberStyles.HexNumber, CultureInfo.InvariantCulture, out var high)
            && uint.TryParse(minor, NumberStyles.HexNumber, CultureInfo.InvariantCulture, out var low)
            && ulong.TryParse(inode, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? (((ulong)high << 32) | low, number)
            : default;

    private static void Release(SafeFileHandle handle) => _ = Flock(handle, LockEnd);

    // The mark first: the next holder is to set its own.
    private static void ReleaseExclusive(SafeFileHandle handle)
    {
        _ = Mark(handle, exclusive: true, NoRange);
        Release(handle);
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

    private static int Mark(SafeFileHandle handle, bool exclusive, short type)
    {
        // Apart, so that the mark of a shared holder who is just closing its file keeps no exclusive one away.
        var mark = new FileRange { Type = type, Start = exclusive ? 1 : 0, Length = 1 };
        int result;
        do
        {
            result = Fcntl(handle, FOfdSetLk, ref mark);
        }
        while (WasInterrupted(result));

        return result;
    }
}
