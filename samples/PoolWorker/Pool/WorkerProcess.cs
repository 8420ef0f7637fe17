using System.Diagnostics;
using System.Text.Json;
using PoolWorker.Working;

namespace PoolWorker.Pool;

/// <summary>A worker of the pool in a process of its own, with a cache directory of its own. It is ended with what it started, however the demonstration ends.</summary>
internal sealed class WorkerProcess : IDisposable
{
    private readonly Process _process;
    private readonly List<JobRow> _rows = [];
    private readonly List<string> _work = [];
    private readonly TaskCompletionSource _encoding = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly StreamWriter _log;
    private readonly Task _readers;

    private WorkerProcess(string name, Process process, StreamWriter log)
    {
        (Name, _process, _log) = (name, process, log);
        _readers = Task.WhenAll(ReadRowsAsync(), ReadLogAsync());
    }

    public string Name { get; }

    /// <summary>Done as soon as an encode is well under way.</summary>
    public Task Encoding => _encoding.Task;

    public static WorkerProcess Start(string name, string logFile, IEnumerable<string> settings)
    {
        var process = Process.Start(new ProcessStartInfo(Environment.ProcessPath!, ["worker", .. settings]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        return new WorkerProcess(name, process, new StreamWriter(logFile, append: true));
    }

    /// <summary>SIGKILL, to its ffmpeg too.</summary>
    /// <returns>What it had done by then.</returns>
    public async Task<IReadOnlyList<string>> KillAsync()
    {
        _process.Kill(entireProcessTree: true);
        await EndedAsync();
        return _work;
    }

    /// <returns>The rows of its jobs, once it has ended.</returns>
    public async Task<IReadOnlyList<JobRow>> EndedAsync()
    {
        await _process.WaitForExitAsync();
        await _readers;
        return _rows;
    }

    public void Dispose()
    {
        if (!_process.HasExited)
            _process.Kill(entireProcessTree: true);
        _process.Dispose();
        _log.Dispose();
    }

    private async Task ReadRowsAsync()
    {
        while (await _process.StandardOutput.ReadLineAsync() is { } line)
        {
            if (line.StartsWith(InnerWork.UnderWay, StringComparison.Ordinal))
                _encoding.TrySetResult();
            else if (line.StartsWith(InnerWork.DownloadDone, StringComparison.Ordinal) || line.StartsWith(InnerWork.EncodeDone, StringComparison.Ordinal))
                _work.Add(line);
            else if (line.StartsWith(Worker.Row, StringComparison.Ordinal))
                _rows.Add(JsonSerializer.Deserialize<JobRow>(line[Worker.Row.Length..], JsonSerializerOptions.Web)!);
        }
    }

    private async Task ReadLogAsync()
    {
        while (await _process.StandardError.ReadLineAsync() is { } line)
            await _log.WriteLineAsync(line);
    }
}
