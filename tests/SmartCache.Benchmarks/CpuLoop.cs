using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace SmartCache.Benchmarks;

/// <summary>Arithmetic and nothing else: whatever its tail shows beyond its median comes from the machine.</summary>
internal static partial class CpuLoop
{
    private static uint s_value = 1;

    // Optimised at once: in another tier the same number of turns would take another time.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run(int turns)
    {
        var value = s_value;
        for (var i = 0; i < turns; i++)
        {
            value = (value * 1_664_525) + 1_013_904_223;
        }

        s_value = value;
    }

    /// <summary>
    /// The same with system calls in between that do nothing: a thread whose time is up, or that a woken one is to make way for, goes when it comes back from
    /// the kernel. What makes system calls does that all the time; what only computes does it when the clock ticks.
    /// </summary>
    public static void RunWithCalls(int turns, int calls)
    {
        for (var i = 0; i < calls; i++)
        {
            Run(turns / calls);
            _ = ParentProcess();
        }
    }

    /// <summary>How many turns take as long as <paramref name="time"/>, on a machine where nothing else runs.</summary>
    public static int TurnsOf(TimeSpan time)
    {
        const int turns = 100_000;
        var samples = new Samples();
        for (var i = 0; i < 500; i++)
        {
            var started = Stopwatch.GetTimestamp();
            Run(turns);
            samples.Add(Stopwatch.GetElapsedTime(started));
        }

        return (int)(turns * (time / samples.P50));
    }

    [LibraryImport("libc", EntryPoint = "getppid")]
    private static partial int ParentProcess();
}
