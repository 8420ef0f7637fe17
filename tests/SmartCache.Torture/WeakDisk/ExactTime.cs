using System.Runtime.InteropServices;

namespace SmartCache.Torture.WeakDisk;

/// <summary>Modification times to the nanosecond, which .NET does not set.</summary>
internal static partial class ExactTime
{
    private const int CurrentDirectory = -100; // AT_FDCWD
    private const long Omit = (1L << 30) - 2; // UTIME_OMIT
    private const long PerSecond = 1_000_000_000;

    public static unsafe void Set(string path, long nanoseconds)
    {
        var times = stackalloc long[4] { 0, Omit, nanoseconds / PerSecond, nanoseconds % PerSecond };
        if (SetTimes(CurrentDirectory, path, (nint)times, 0) != 0)
        {
            throw new IOException($"The time of {path} cannot be set: {Marshal.GetLastPInvokeErrorMessage()}");
        }
    }

    [LibraryImport("libc", EntryPoint = "utimensat", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SetTimes(int directory, string path, nint times, int flags);
}
