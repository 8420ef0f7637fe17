using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace SmartCache.Tool.Doctor;

/// <summary>What .NET has no method for: whether this user may write without trying it, whether two names can share blocks, whose a file is, and whether locks lock.</summary>
internal static partial class PlainCalls
{
    private const int MayRead = 4;
    private const int MayWrite = 2;
    private const int MayEnter = 1;
    private const int ReadOnlyFileSystem = 30;

    private const int WorkingDirectory = -100;
    private const int NoFollow = 0x100;
    private const uint BasicFacts = 0x7FF;
    private const int CloseOnExec = 0x80000;
    private const int ExclusiveNow = 2 | 4;
    private const int WouldBlock = 11;

    // FICLONE of linux/fs.h.
    private const nuint CloneFile = 0x40049409;

    /// <summary>Whether this user may read and write it; of a directory, also enter it. <see langword="null"/> = yes, else why not.</summary>
    public static string? WhyNotUsable(string path, bool isDirectory) =>
        Access(path, MayRead | MayWrite | (isDirectory ? MayEnter : 0)) == 0 ? null
        : Marshal.GetLastPInvokeError() == ReadOnlyFileSystem ? "the file system is read-only"
        : "this user may not read and write it";

    /// <summary>Whether this user may read each file there; also where there is no such directory.</summary>
    public static bool MayReadFilesIn(string directory)
    {
        try
        {
            return Directory.EnumerateFiles(directory).All(static path => Access(path, MayRead) == 0 || !File.Exists(path));
        }
        catch (DirectoryNotFoundException)
        {
            return true;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    /// <summary>Whose a file is, not following a link; <see langword="null"/> where there is none, or the system does not say.</summary>
    public static FileOwner? OwnerOf(string path)
    {
        try
        {
            return Statx(WorkingDirectory, path, NoFollow, BasicFacts, out var facts) == 0 ? new FileOwner(facts.User, facts.Group, facts.Mode, facts.ChangedNanoseconds) : null;
        }
        catch (EntryPointNotFoundException)
        {
            // musl before 1.2.5.
            return null;
        }
    }

    /// <summary>Whether a second lock on a file is refused while the first is held; also where somebody else holds one. The file is one that nobody locks.</summary>
    public static bool DoLocksExclude(string path)
    {
        using var first = OpenToRead(path);
        using var second = OpenToRead(path);
        return Lock(first, ExclusiveNow) != 0 ? Marshal.GetLastPInvokeError() == WouldBlock : Lock(second, ExclusiveNow) != 0 && Marshal.GetLastPInvokeError() == WouldBlock;
    }

    public static bool TryLink(string path, string name) => Link(path, name) == 0;

    public static bool TryClone(SafeFileHandle from, SafeFileHandle to) => Control(to, CloneFile, from) == 0;

    private static SafeFileHandle OpenToRead(string path)
    {
        var descriptor = Open(path, CloseOnExec, 0);
        return descriptor < 0 ? throw new IOException($"'{path}' cannot be opened (error {Marshal.GetLastPInvokeError()}).") : new SafeFileHandle(descriptor, ownsHandle: true);
    }

    [LibraryImport("libc", EntryPoint = "statx", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Statx(int directory, string path, int flags, uint mask, out StatxFacts facts);

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags, int mode);

    [LibraryImport("libc", EntryPoint = "flock", SetLastError = true)]
    private static partial int Lock(SafeFileHandle file, int operation);

    [LibraryImport("libc", EntryPoint = "access", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Access(string path, int mode);

    [LibraryImport("libc", EntryPoint = "link", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Link(string path, string name);

    [LibraryImport("libc", EntryPoint = "ioctl", SetLastError = true)]
    private static partial int Control(SafeFileHandle file, nuint request, SafeFileHandle argument);

    /// <summary>The part of <c>struct statx</c> that is asked for; its layout is the same everywhere.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 256)]
    private struct StatxFacts
    {
        [FieldOffset(20)]
        public uint User;

        [FieldOffset(24)]
        public uint Group;

        [FieldOffset(28)]
        public ushort Mode;

        [FieldOffset(104)]
        public uint ChangedNanoseconds;
    }
}
