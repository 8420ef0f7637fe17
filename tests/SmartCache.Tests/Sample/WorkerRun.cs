using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace SmartCache.Tests.Sample;

/// <summary>The sample worker as a real process, started the way <c>samples/run.sh</c> starts it.</summary>
internal sealed class WorkerRun : IAsyncDisposable
{
    // Never waited for where all is well; a machine that runs other tests beside encodes slowly.
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(5);

    private readonly Process _process;
    private readonly StringBuilder _output = new();

    private WorkerRun(Process process)
    {
        _process = process;
        process.OutputDataReceived += (_, line) => Keep(line.Data);
        process.ErrorDataReceived += (_, line) => Keep(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    /// <summary>The built program.</summary>
    public static string Program { get; } = FindProgram();

    public string Output
    {
        get
        {
            lock (_output)
                return _output.ToString();
        }
    }

    /// <summary>Starts the worker with a state folder of its own below <paramref name="home"/>.</summary>
    public static WorkerRun Start(string home, params string[] arguments) => Start(home, [], arguments);

    /// <summary>The same, with variables in its environment.</summary>
    public static WorkerRun Start(string home, Dictionary<string, string> environment, params string[] arguments) => StartFrom(Program, home, environment, arguments);

    /// <summary>The same of a copy of the program.</summary>
    public static WorkerRun StartFrom(string program, string home, Dictionary<string, string> environment, params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", [program, .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = home,
        };
        start.Environment["XDG_CACHE_HOME"] = home;
        // Whoever runs the tests may have set these for a worker of their own.
        start.Environment.Remove("CACHE_DIRECTORY");
        foreach (var name in start.Environment.Keys.Where(name => name.StartsWith("CACHE_", StringComparison.Ordinal) || name.StartsWith("OTEL_", StringComparison.Ordinal) || name.StartsWith("Cache__", StringComparison.OrdinalIgnoreCase)).ToList())
            start.Environment.Remove(name);
        foreach (var (name, value) in environment)
            start.Environment[name] = value;
        return new WorkerRun(Process.Start(start)!);
    }

    /// <summary>Runs the worker to its end.</summary>
    public static async Task<(int ExitCode, string Output)> ToTheEndAsync(string home, params string[] arguments)
    {
        await using var run = Start(home, arguments);
        return (await run.ExitAsync(), run.Output);
    }

    public async Task<int> ExitAsync()
    {
        using var patience = new CancellationTokenSource(s_patience);
        await _process.WaitForExitAsync(patience.Token);
        return _process.ExitCode;
    }

    /// <summary>Waits until the condition holds; fails when the worker ends before.</summary>
    public async Task UntilAsync(Func<bool> condition, string what)
    {
        var began = Stopwatch.GetTimestamp();
        while (!condition())
        {
            if (_process.HasExited || Stopwatch.GetElapsedTime(began) > s_patience)
                throw new InvalidOperationException($"The worker never came to this: {what}. It said:\n{Output}");
            await Task.Delay(20);
        }
    }

    public async Task SignalAsync(string signal)
    {
        using var kill = Process.Start("kill", ["-" + signal, _process.Id.ToString(CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
            await _process.WaitForExitAsync();
        }

        _process.Dispose();
    }

    private static string FindProgram()
    {
        // …/tests/SmartCache.Tests/bin/{configuration}/net10.0
        var bin = new DirectoryInfo(AppContext.BaseDirectory.TrimEnd(Path.DirectorySeparatorChar));
        var repository = bin;
        while (repository is not null && !File.Exists(Path.Combine(repository.FullName, "SmartCache.sln")))
            repository = repository.Parent;
        return Path.Combine(repository!.FullName, "samples", "EncoderWorker", "bin", bin.Parent!.Name, bin.Name, "EncoderWorker.dll");
    }

    private void Keep(string? line)
    {
        lock (_output)
            _output.AppendLine(line);
    }
}
