using System.Diagnostics;

namespace SmartCache.Torture.PowerCuts;

/// <summary>Programs of the system.</summary>
internal static class Shell
{
    /// <returns>What it printed.</returns>
    /// <exception cref="IOException">It failed.</exception>
    public static string Run(string program, params IEnumerable<string> arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true, RedirectStandardOutput = true })!;
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0 ? output.Trim() : throw new IOException($"{program} {string.Join(' ', arguments)}: {error.Result}");
    }
}
