using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace SmartCache.Tool.Doctor;

/// <summary>What .NET has no method for: whether this user may write without trying it, and whether two names can share blocks.</summary>
internal static partial class PlainCalls
{
    private const int MayRead = 4;
    private const int MayWrite = 2;
    private const int MayEnter = 1;
    private const int ReadOnlyFileSystem = 30;

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

    public static bool TryLink(string path, string name) => Link(path, name) == 0;

    public static bool TryClone(SafeFileHandle from, SafeFileHandle to) => Control(to, CloneFile, from) == 0;

    [LibraryImport("libc", EntryPoint = "access", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Access(string path, int mode);

    [LibraryImport("libc", EntryPoint = "link", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Link(string path, string name);

    [LibraryImport("libc", EntryPoint = "ioctl", SetLastError = true)]
    private static partial int Control(SafeFileHandle file, nuint request, SafeFileHandle argument);
}
