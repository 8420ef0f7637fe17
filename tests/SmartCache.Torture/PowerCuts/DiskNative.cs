using System.ComponentModel;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace SmartCache.Torture.PowerCuts;

/// <summary>Mounting, unmounting and sharing blocks without a process for each.</summary>
internal static partial class DiskNative
{
    private const ulong CloneFile = 0x40049409; // FICLONE
    private const ulong NoAccessTimes = 1024; // MS_NOATIME
    private const int Detach = 2; // MNT_DETACH
    private const int Busy = 16; // EBUSY
    private const int ReadDirect = 0x4000 | 0x80000; // O_DIRECT | O_CLOEXEC, of x86-64

    /// <exception cref="IOException">The kernel refuses; the message says why.</exception>
    public static void Mount(string device, string directory, string type, string? options)
    {
        if (MountAt(device, directory, type, NoAccessTimes, options) != 0)
        {
            throw new IOException($"{device} cannot be mounted as {type}: {new Win32Exception(Marshal.GetLastPInvokeError()).Message}");
        }
    }

    /// <summary>Unmounts; waits a moment for who is still there, and takes the mount away from them then.</summary>
    public static void Unmount(string directory)
    {
        for (var attempt = 0; attempt < 200; attempt++)
        {
            if (UnmountAt(directory, 0) == 0)
            {
                return;
            }

            if (Marshal.GetLastPInvokeError() != Busy)
            {
                return;
            }

            Thread.Sleep(10);
        }

        _ = UnmountAt(directory, Detach);
    }

    /// <summary>
    /// Opens a file to be read past the kernel's memory where its file system can: whoever reads each byte once pays more for keeping it there than for reading it.
    /// </summary>
    /// <exception cref="IOException">It cannot be opened.</exception>
    public static SafeFileHandle OpenDirect(string path)
    {
        if (RuntimeInformation.OSArchitecture == Architecture.X64 && OpenAt(path, ReadDirect) is { IsInvalid: false } direct)
        {
            return direct;
        }

        return File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
    }

    /// <summary>Makes one file of the other's blocks.</summary>
    /// <exception cref="IOException">The file system has no reflinks, or no room.</exception>
    public static void Clone(SafeFileHandle from, SafeFileHandle to)
    {
        if (Control((int)to.DangerousGetHandle(), CloneFile, from.DangerousGetHandle()) != 0)
        {
            throw new IOException($"The image cannot be cloned: {new Win32Exception(Marshal.GetLastPInvokeError()).Message}");
        }
    }

    [LibraryImport("libc", EntryPoint = "mount", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int MountAt(string source, string target, string type, ulong flags, string? data);

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial SafeFileHandle OpenAt(string path, int flags);

    [LibraryImport("libc", EntryPoint = "umount2", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int UnmountAt(string target, int flags);

    [LibraryImport("libc", EntryPoint = "ioctl", SetLastError = true)]
    private static partial int Control(int descriptor, ulong request, nint argument);
}
