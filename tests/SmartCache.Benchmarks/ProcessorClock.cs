using System.Runtime.InteropServices;

namespace SmartCache.Benchmarks;

/// <summary>Processor time in nanoseconds; <c>Process.TotalProcessorTime</c> counts in ticks of 10 ms.</summary>
internal static partial class ProcessorClock
{
    private const int ClockProcess = 2;
    private const int ClockThread = 3;

    public static TimeSpan OfProcess() => Read(ClockProcess);

    public static TimeSpan OfThread() => Read(ClockThread);

    private static TimeSpan Read(int clock) =>
        ClockGetTime(clock, out var time) == 0
            ? new TimeSpan((time.Seconds * TimeSpan.TicksPerSecond) + (time.Nanoseconds / TimeSpan.NanosecondsPerTick))
            : throw new PlatformNotSupportedException("This system has no processor clock.");

    [LibraryImport("libc", EntryPoint = "clock_gettime")]
    private static partial int ClockGetTime(int clock, out TimeSpec time);

    [StructLayout(LayoutKind.Sequential)]
    private struct TimeSpec
    {
        public long Seconds;
        public long Nanoseconds;
    }
}
