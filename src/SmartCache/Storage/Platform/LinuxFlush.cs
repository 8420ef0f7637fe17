using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using static SmartCache.Storage.Platform.LinuxCalls;
using static SmartCache.Storage.Platform.LinuxNative;

namespace SmartCache.Storage.Platform;

/// <summary>Brings files and directories to the disk.</summary>
[SupportedOSPlatform("linux")]
internal static class LinuxFlush
{
    public static void Whole(string path)
    {
        using var handle = Open(path, ORdOnly | OCloExec | ONoFollow | ONonBlock, UnixFileMode.None);
        if (Retry(() => Fsync(handle)) != 0)
        {
            throw Failure("fsync", path);
        }
    }

    public static void InParts(string path, OperationPulse pulse)
    {
        const long part = 16 << 20;
        using var handle = Open(path, ORdOnly | OCloExec | ONoFollow | ONonBlock, UnixFileMode.None);
        var length = LinuxStat.Of(handle).Length;
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
}
