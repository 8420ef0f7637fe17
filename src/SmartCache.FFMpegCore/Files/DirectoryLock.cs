using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace SmartCache.FFMpegCore.Files;

/// <summary>
/// An exclusive <c>flock(2)</c> on a directory itself, so that it leaves no file behind. The kernel takes it away when the process ends, however that ends;
/// programs that the process started do not inherit it. .NET opens no directories, and takes a failed <c>flock</c> for a lock.
/// </summary>
internal sealed class DirectoryLock : IDisposable
{
    // O_RDONLY | O_CLOEXEC | O_NONBLOCK, the same on all architectures; the last for a planted FIFO, which would block.
    private const int OpenFlags = 0x80000 | 0x800;

    // LOCK_EX | LOCK_NB.
    private const int ExclusiveNow = 2 | 4;

    private readonly SafeFileHandle _handle;

    private DirectoryLock(SafeFileHandle handle) => _handle = handle;

    /// <returns><see langword="null"/> where somebody holds it, the directory is not there, or there are no such locks (another file system or operating system).</returns>
    public static DirectoryLock? TryTake(string directory)
    {
        if (!OperatingSystem.IsLinux())
            return null;

        var handle = new SafeFileHandle(Open(Encoding.UTF8.GetBytes(directory + '\0'), OpenFlags, 0), ownsHandle: true);
        if (!handle.IsInvalid && Flock(handle, ExclusiveNow) == 0)
            return new DirectoryLock(handle);
        handle.Dispose();
        return null;
    }

    public void Dispose() => _handle.Dispose();

    [DllImport("libc", EntryPoint = "open")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Open(byte[] path, int flags, int mode);

    [DllImport("libc", EntryPoint = "flock")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Flock(SafeFileHandle handle, int operation);
}
