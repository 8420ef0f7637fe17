using System.Diagnostics;
using System.Globalization;
using SmartCache.Torture;

namespace SmartCache.Benchmarks;

/// <summary>This program once more, as another process that works on a directory.</summary>
internal static class StepProcess
{
    /// <param name="mode">As the command line has it.</param>
    /// <param name="step">What it does.</param>
    /// <param name="directory">What it works on.</param>
    /// <param name="entries">How many lie there.</param>
    /// <param name="under">A program that starts it, with its options.</param>
    public static Process Start(string mode, string step, string directory, int entries = 1, string[]? under = null)
    {
        var start = Self.StartInfo(mode, "--step", step, "--dir", directory, "--entries", entries.ToString(CultureInfo.InvariantCulture));
        if (under is { Length: > 0 })
        {
            start = new ProcessStartInfo(under[0], [.. under[1..], start.FileName, .. start.ArgumentList]);
        }

        (start.RedirectStandardOutput, start.RedirectStandardInput) = (true, true);
        return Process.Start(start)!;
    }

    /// <summary>The number that a step prints.</summary>
    public static double Number(string mode, string step, string directory, int entries = 1)
    {
        using var process = Start(mode, step, directory, entries);
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0
            ? double.Parse(output, CultureInfo.InvariantCulture)
            : throw new InvalidOperationException($"The step {step} ended with {process.ExitCode}.");
    }
}
