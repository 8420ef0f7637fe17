using System.Diagnostics;
using SmartCache.Worker;

namespace SmartCache.Tests.Support;

/// <summary>A real second process that shares a cache with the test. Killed at the latest when it is disposed of.</summary>
internal sealed class WorkerProcess : IDisposable
{
    private readonly Process _process;

    public WorkerProcess(params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet")
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            ArgumentList = { typeof(SameWork).Assembly.Location },
        };
        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        _process = Process.Start(start)!;
    }

    public int Id => _process.Id;

    public async Task WaitForLineAsync(string line) => (await ReadLineAsync()).Should().Be(line);

    public async Task<string?> ReadLineAsync() => await _process.StandardOutput.ReadLineAsync().Guarded();

    public void Go() => _process.StandardInput.WriteLine("go");

    public void Kill() => _process.Kill();

    public void Terminate()
    {
        using var kill = Process.Start("kill", ["-TERM", _process.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)]);
        kill.WaitForExit();
    }

    public async Task<int> ExitAsync()
    {
        await _process.WaitForExitAsync().Guarded();
        return _process.ExitCode;
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
