using System.Diagnostics;

namespace SmartCache.Simulation;

/// <summary>The lines of a text file, through the system's <c>xz</c> where its name says so.</summary>
internal static class XzText
{
    public static IReadOnlyList<string> ReadLines(string path)
    {
        if (!path.EndsWith(".xz", StringComparison.OrdinalIgnoreCase))
            return File.ReadAllLines(path);
        if (!File.Exists(path))
            throw new FileNotFoundException($"{Path.GetFileName(path)} does not exist.", path);
        var start = new ProcessStartInfo("xz") { RedirectStandardOutput = true };
        start.ArgumentList.Add("-dc");
        start.ArgumentList.Add("--");
        start.ArgumentList.Add(path);
        using var xz = Process.Start(start) ?? throw new InvalidOperationException("xz did not start.");
        var lines = new List<string>();
        while (xz.StandardOutput.ReadLine() is { } line)
            lines.Add(line);
        xz.WaitForExit();
        return xz.ExitCode == 0 ? lines : throw new InvalidDataException($"xz ended with {xz.ExitCode} on {Path.GetFileName(path)}.");
    }
}
