using System.Diagnostics;
using SmartCache.Torture;

namespace SmartCache.Tests.Reliability;

/// <summary>The torture executable, run to its end in a directory of its own that stays where it found something.</summary>
internal static class TortureProcess
{
    private const string Memory = "/dev/shm";
    private const UnixFileMode PassableByAll = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute
        | UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute;

    /// <param name="limit">After which it is killed.</param>
    /// <param name="arguments">Of which <c>DIR</c> is replaced by a fresh directory, and <c>MEMORY</c> by one in memory where there is such a place.</param>
    public static async Task<(int ExitCode, string Output)> RunAsync(TimeSpan limit, params string[] arguments)
    {
        var directory = arguments.Contains("MEMORY") && Directory.Exists(Memory)
            ? Directory.CreateDirectory(Path.Combine(Memory, "smartcache-reliability-" + Guid.NewGuid().ToString("N"))).FullName
            : Directory.CreateTempSubdirectory("smartcache-reliability-").FullName;
        if (!OperatingSystem.IsWindows())
        {
            // Workers of other users pass through it; a temporary directory is its owner's alone.
            File.SetUnixFileMode(directory, PassableByAll);
        }

        using var process = Process.Start(new ProcessStartInfo(
            "dotnet", [Program, .. arguments.Select(argument => argument is "DIR" or "MEMORY" ? Path.Combine(directory, "run") : argument)])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        try
        {
            var errors = process.StandardError.ReadToEndAsync();
            var output = await process.StandardOutput.ReadToEndAsync().WaitAsync(limit);
            await process.WaitForExitAsync();
            if (process.ExitCode == 0)
            {
                Directory.Delete(directory, recursive: true);
            }

            return (process.ExitCode, output + await errors);
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill(entireProcessTree: true);
            }
        }
    }

    // Where it was built, not beside the tests: there the library is instrumented for the coverage, which a killed process would spoil.
    private static string Program
    {
        get
        {
            var tests = new DirectoryInfo(AppContext.BaseDirectory.TrimEnd(Path.DirectorySeparatorChar));
            var (framework, configuration) = (tests.Name, tests.Parent!.Name);
            var name = typeof(Self).Assembly.GetName().Name!;
            return Path.Combine(tests.Parent.Parent!.Parent!.Parent!.FullName, name, "bin", configuration, framework, name + ".dll");
        }
    }
}
