using System.Diagnostics;
using System.Globalization;
using SmartCache.Torture.Workload;

namespace SmartCache.Torture;

/// <summary>A worker process as the parent sees it: started early, told to go, killed or told to stop.</summary>
internal sealed class WorkerHandle : IDisposable
{
    private static readonly TimeSpan Generous = TimeSpan.FromSeconds(120);
    private readonly Process _process;

    private WorkerHandle(Process process, int number) => (_process, Number) = (process, number);

    public int Number { get; }

    public int ProcessId => _process.Id;

    /// <summary>Starts a process that waits with everything loaded, so that its start-up is over before its time to be killed begins.</summary>
    public static async Task<WorkerHandle> StartAsync(TortureOptions options, int number)
    {
        var start = Self.StartInfo(["worker", number.ToString(CultureInfo.InvariantCulture), .. options.Arguments]);
        if (options.IsShared)
        {
            start = AsAnotherUser(start, Owner.FirstUser + (uint)(number % options.Users));
        }

        start.RedirectStandardInput = true;
        start.RedirectStandardOutput = true;
        var worker = new WorkerHandle(Process.Start(start)!, number);
        var line = await worker._process.StandardOutput.ReadLineAsync().WaitAsync(Generous);
        return line == "ready" ? worker : throw new InvalidOperationException($"Worker {number} did not start: {line}");
    }

    public void Go() => Tell("go");

    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync().WaitAsync(Generous);
    }

    /// <returns>Whether it ended by itself, and well.</returns>
    public async Task<bool> StopAsync()
    {
        Tell("stop");
        try
        {
            await _process.WaitForExitAsync().WaitAsync(Generous);
            return _process.ExitCode == 0;
        }
        catch (TimeoutException)
        {
            return false;
        }
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
        }

        _process.Dispose();
    }

    private static ProcessStartInfo AsAnotherUser(ProcessStartInfo start, uint user) => new(
        "setpriv", [string.Create(CultureInfo.InvariantCulture, $"--reuid={user}"), string.Create(CultureInfo.InvariantCulture, $"--regid={Owner.Group}"), "--clear-groups", start.FileName, .. start.ArgumentList])
    {
        // The one of this process is another user's.
        Environment = { ["HOME"] = "/nonexistent" },
    };

    private void Tell(string line)
    {
        _process.StandardInput.WriteLine(line);
        _process.StandardInput.Flush();
    }
}
