using System.Diagnostics;
using SmartCache.Worker;

namespace SmartCache.Tests.Support;

/// <summary>A second real process that shares a cache with the test. Killed when disposed of.</summary>
internal sealed class StorageWorker : IDisposable
{
    private static readonly TimeSpan Generous = TimeSpan.FromSeconds(120);
    private readonly Process _process;

    private StorageWorker(string program, IEnumerable<string> arguments)
    {
        _process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true })!;
    }

    private static string Program => typeof(HoldStorage).Assembly.Location;

    public static StorageWorker Start(params string[] arguments) => new("dotnet", [Program, .. arguments]);

    public static StorageWorker StartWithUmask(string umask, params string[] arguments) =>
        new("sh", ["-c", $"umask {umask}; exec dotnet \"$@\"", "sh", Program, .. arguments]);

    /// <summary>With a limit of open files that it cannot raise.</summary>
    public static StorageWorker StartWithOpenFiles(int limit, params string[] arguments) => new("prlimit", [$"--nofile={limit}:{limit}", "dotnet", Program, .. arguments]);

    /// <summary>Under a user who owns nothing and is in no group.</summary>
    public static StorageWorker StartAsNobody(params string[] arguments) =>
        new("setpriv", ["--reuid=65534", "--regid=65534", "--clear-groups", "dotnet", Program, .. arguments]);

    /// <summary>Under a user of its own, with a second group and a umask.</summary>
    public static StorageWorker StartAs(int user, int group, string umask, params string[] arguments) =>
        new("sh", ["-c", $"umask {umask}; exec setpriv --reuid={user} --regid={user} --groups={group} dotnet \"$@\"", "sh", Program, .. arguments]);

    /// <summary>Killed by SIGKILL right before its first call of this kind.</summary>
    public static StorageWorker StartKilledAt(string call, params string[] arguments) =>
        new("strace", ["-f", "-qq", "-o", "/dev/null", "-E", "DOTNET_EnableDiagnostics=0", "-e", $"inject={call}:signal=KILL", "dotnet", Program, .. arguments]);

    /// <summary>Lets it go on.</summary>
    public void Go()
    {
        _process.StandardInput.WriteLine("go");
        _process.StandardInput.Flush();
    }

    /// <summary>The next line that it prints; <see langword="null"/> where it ended.</summary>
    public async Task<string?> ReadLineAsync() => await _process.StandardOutput.ReadLineAsync().WaitAsync(Generous);

    /// <summary>Lets it go on, and waits for its end.</summary>
    public async Task<int> FinishAsync()
    {
        _process.StandardInput.Close();
        await _process.WaitForExitAsync().WaitAsync(Generous);
        return _process.ExitCode;
    }

    /// <summary>SIGKILL.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync().WaitAsync(Generous);
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
        }

        _process.Dispose();
    }
}
