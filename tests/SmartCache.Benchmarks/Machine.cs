using System.Globalization;
using System.Runtime.InteropServices;

namespace SmartCache.Benchmarks;

/// <summary>What the figures were taken on. Figures without it are worth nothing.</summary>
internal static class Machine
{
    public static void Print(string directory)
    {
        var cpu = ReadLines("/proc/cpuinfo").FirstOrDefault(static line => line.StartsWith("model name", StringComparison.Ordinal))?.Split(':', 2)[1].Trim() ?? "unknown CPU";
        Console.WriteLine($"{cpu}, {Environment.ProcessorCount} cores, {GC.GetGCMemoryInfo().TotalAvailableMemoryBytes >> 30} GiB of memory");
        Console.WriteLine($"{RuntimeInformation.OSDescription}, {RuntimeInformation.FrameworkDescription}, file system {FileSystemOf(directory)}");
        Console.WriteLine($"Load average {Load()}, {DateTimeOffset.UtcNow.ToString("u", CultureInfo.InvariantCulture)}");
        Console.WriteLine();
    }

    /// <summary>Of the last one, five and fifteen minutes.</summary>
    public static string Load() => string.Join(' ', (ReadLines("/proc/loadavg").FirstOrDefault() ?? "unknown").Split(' ').Take(3));

    /// <summary>Peak of the resident memory of this process, in bytes.</summary>
    public static long PeakMemory()
    {
        var line = ReadLines("/proc/self/status").FirstOrDefault(static line => line.StartsWith("VmHWM:", StringComparison.Ordinal));
        return line is null ? 0 : long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) * 1024;
    }

    private static string FileSystemOf(string directory) =>
        new DriveInfo(Path.GetFullPath(directory)).DriveFormat;

    private static IEnumerable<string> ReadLines(string path) => File.Exists(path) ? File.ReadLines(path) : [];
}
