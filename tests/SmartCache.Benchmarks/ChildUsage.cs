using System.Runtime.InteropServices;

namespace SmartCache.Benchmarks;

/// <summary>What all child processes that have ended took, and theirs (<c>getrusage(RUSAGE_CHILDREN)</c>).</summary>
internal static partial class ChildUsage
{
    private const int Children = -1;

    /// <returns>Processor seconds of all, and the peak of resident memory of the largest, in bytes.</returns>
    public static (double Processor, long PeakMemory) Read() => GetResourceUsage(Children, out var usage) == 0
        ? (usage.UserSeconds + usage.SystemSeconds + ((usage.UserMicroseconds + usage.SystemMicroseconds) / 1e6), usage.PeakKilobytes * 1024)
        : throw new PlatformNotSupportedException("This system does not tell what children took.");

    [LibraryImport("libc", EntryPoint = "getrusage")]
    private static partial int GetResourceUsage(int who, out Usage usage);

    [StructLayout(LayoutKind.Sequential)]
    private struct Usage
    {
        public long UserSeconds;
        public long UserMicroseconds;
        public long SystemSeconds;
        public long SystemMicroseconds;
        public long PeakKilobytes;
        public Rest Others;
    }

    [System.Runtime.CompilerServices.InlineArray(13)]
    private struct Rest
    {
        public long First;
    }
}
