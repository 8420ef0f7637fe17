using System.Diagnostics;
using SmartCache.Tests.Support;

namespace SmartCache.Tests.Tool;

/// <summary>The tool as a process of its own, as it was built: what coverage is collected of ends by writing to a file of this user's.</summary>
internal static class ToolProcess
{
    public static string Path
    {
        get
        {
            // …/tests/SmartCache.Tests/bin/{configuration}/net10.0
            var bin = new DirectoryInfo(AppContext.BaseDirectory.TrimEnd(System.IO.Path.DirectorySeparatorChar));
            return System.IO.Path.Combine(Snapshot.Repository, "src", "SmartCache.Tool", "bin", bin.Parent!.Name, bin.Name, "SmartCache.Tool.dll");
        }
    }

    public static Process Start(string[] before, params string[] arguments)
    {
        string[] command = [.. before, "dotnet", Path, .. arguments];
        return Process.Start(new ProcessStartInfo(command[0], command[1..]) { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true })!;
    }

    public static Task<ToolCall> RunAsync(params string[] arguments) => RunBehindAsync([], arguments);

    /// <summary>Behind another program: <c>setpriv</c>, <c>strace</c>.</summary>
    public static async Task<ToolCall> RunBehindAsync(string[] before, params string[] arguments)
    {
        using var process = Start(before, arguments);
        process.StandardInput.Close();
        var error = process.StandardError.ReadToEndAsync();
        var output = await process.StandardOutput.ReadToEndAsync().Guarded();
        await process.WaitForExitAsync().Guarded();
        return new ToolCall(process.ExitCode, output, await error);
    }
}
