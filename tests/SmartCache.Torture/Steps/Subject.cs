using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using SmartCache.Torture.Tracing;

namespace SmartCache.Torture.Steps;

/// <summary>A subject process and the tracer on it, as the parent sees them.</summary>
internal sealed class Subject : IDisposable
{
    private static readonly TimeSpan Generous = TimeSpan.FromSeconds(60);
    private readonly Process _process;
    private readonly ConcurrentQueue<string> _lastWords = [];
    private Tracer? _tracer;
    private int _id;

    private Subject(Process process) => _process = process;

    public static async Task<Subject> StartAsync()
    {
        var start = Self.GrandchildStartInfo("subject");
        start.RedirectStandardInput = true;
        start.RedirectStandardOutput = true;
        start.RedirectStandardError = true; // the shell says "Killed" each time
        var subject = new Subject(Process.Start(start)!);
        subject._process.ErrorDataReceived += (_, line) => subject._lastWords.Enqueue(line.Data ?? "");
        subject._process.BeginErrorReadLine();
        try
        {
            subject._id = int.Parse(await subject.ReadAsync() ?? "", CultureInfo.InvariantCulture);
            return subject;
        }
        catch
        {
            subject.Dispose();
            throw;
        }
    }

    /// <summary>Does it twice, so that what is traced afterwards is the cache and not the runtime.</summary>
    public async Task WarmUpAsync(Operation operation, string root)
    {
        for (var i = 0; i < 2; i++)
        {
            var warm = Path.Combine(root, $"warm-{Guid.NewGuid():N}");
            await PrepareAsync(operation, warm);
            await RunAsync(operation);
            await CloseAsync();
            Directory.Delete(warm, recursive: true);
        }
    }

    /// <summary>What it wrote to standard error: why it died, where it did so by itself.</summary>
    public string LastWords => string.Join(' ', _lastWords);

    public async Task AttachAsync()
    {
        if (_tracer is null)
        {
            _tracer = await Tracer.AttachAsync(_id);
            await AskAsync("filter");
        }
    }

    public void Arm(IStepWatcher? watcher) => _tracer!.Arm(watcher);

    public Task<string> PrepareAsync(Operation operation, string root) => AskAsync($"prepare\t{operation.Name}\t{root}");

    public Task<string> RunAsync(Operation operation) => AskAsync("run\t" + operation.Name);

    /// <exception cref="InvalidOperationException">One is not kept.</exception>
    public Task<string> LookAtPromisesAsync() => AskAsync("promises");

    /// <summary>What the process keeps open below a directory. What an operation gave up ends later: a flush takes as long as the disk, which may have much else to write.</summary>
    public async Task<List<string>> OpenBelowAsync(string directory)
    {
        List<string> open;
        var clock = Stopwatch.StartNew();
        while ((open = OpenBelow(directory)).Count > 0 && clock.Elapsed < Generous)
        {
            await Task.Delay(20);
        }

        return open;
    }

    private List<string> OpenBelow(string directory) =>
        [.. Directory.GetFiles($"/proc/{_id}/fd").Select(static descriptor => new FileInfo(descriptor).LinkTarget ?? "")
            .Where(path => path.StartsWith(directory, StringComparison.Ordinal))];

    /// <summary>Another job on the same cache.</summary>
    public Task<string> AgainAsync() => AskAsync("again");

    /// <summary>Ends the case; gives the warnings and errors that were logged.</summary>
    public async Task<List<string>> CloseAsync()
    {
        var logged = new List<string>();
        Tell("close");
        for (string? line; (line = await ReadAsync())?.StartsWith("log\t", StringComparison.Ordinal) == true;)
        {
            logged.Add(line[4..]);
        }

        return logged;
    }

    public void Dispose()
    {
        if (!_process.HasExited && _id != 0)
        {
            _ = PtraceNative.Kill(_id, PtraceNative.SigKill);
        }

        _tracer?.Gone.Wait(Generous);
        _tracer?.Dispose();
        _process.Dispose();
    }

    /// <summary>The answer after <c>ok</c>; <c>killed</c> where the process died over it.</summary>
    /// <exception cref="InvalidOperationException">The job failed.</exception>
    private async Task<string> AskAsync(string command)
    {
        Tell(command);
        var line = await ReadAsync();
        return line switch
        {
            null => "killed",
            _ when line.StartsWith("ok\t", StringComparison.Ordinal) => line[3..],
            _ => throw new InvalidOperationException(line),
        };
    }

    private async Task<string?> ReadAsync() => await _process.StandardOutput.ReadLineAsync().WaitAsync(Generous);

    private void Tell(string line)
    {
        _process.StandardInput.WriteLine(line);
        _process.StandardInput.Flush();
    }
}
