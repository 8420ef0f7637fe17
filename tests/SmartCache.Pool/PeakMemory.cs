using System.Diagnostics;
using System.Globalization;

namespace SmartCache.Pool;

/// <summary>How much more memory the process had at its peak than at the start of a measurement; in pages that lie in memory.</summary>
internal sealed class PeakMemory
{
    private const string Status = "/proc/self/status";
    private readonly long _start;

    public PeakMemory()
    {
        if (File.Exists(Status))
        {
            File.WriteAllText("/proc/self/clear_refs", "5");
        }

        _start = Peak();
    }

    /// <summary>Gives back what earlier work has left, which would hide what a measurement takes. Some of the usual work has to follow before it begins.</summary>
    public static void Settle() => GC.Collect(2, GCCollectionMode.Aggressive, blocking: true, compacting: true);

    public double GrownMiB => (Peak() - _start) / 1024.0 / 1024.0;

    private static long Peak()
    {
        if (!File.Exists(Status))
        {
            using var process = Process.GetCurrentProcess();
            return process.PeakWorkingSet64;
        }

        var line = File.ReadLines(Status).First(static line => line.StartsWith("VmHWM:", StringComparison.Ordinal));
        return long.Parse(line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) * 1024;
    }
}
