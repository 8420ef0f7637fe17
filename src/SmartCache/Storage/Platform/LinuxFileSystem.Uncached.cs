using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using static SmartCache.Storage.Platform.LinuxNative;

namespace SmartCache.Storage.Platform;

/// <summary>The part that reads past the page cache.</summary>
internal sealed partial class LinuxFileSystem
{
    public override UncachedReader OpenUncached(string path) => new DirectReader(path);

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
}
