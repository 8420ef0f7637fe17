using System.Diagnostics;
using System.Globalization;
using SmartCache.Worker;

namespace SmartCache.Tests.Support;

/// <summary>A real second process that shares a cache with the test. Killed at the latest when it is disposed of.</summary>
internal sealed class WorkerProcess : IDisposable
{
    private readonly Process _process;

    public WorkerProcess(params string[] arguments)
        : this("dotnet", [typeof(SameWork).Assembly.Location, .. arguments])
    {
    }

    private WorkerProcess(string program, IEnumerable<string> arguments) =>
        _process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true })!;

    /// <summary>The same as another user, without groups beside the one.</summary>
    public static WorkerProcess As(string user, string group, params string[] arguments) =>
        new("setpriv", ["--reuid", user, "--regid", group, "--clear-groups", "dotnet", AsBuilt, .. arguments]);

    /// <summary>The tool as it was built.</summary>
    public static WorkerProcess Tool(params string[] arguments) => new("dotnet", [BuiltAt("src", "SmartCache.Tool"), .. arguments]);

    /// <summary>The tool as another user.</summary>
    public static WorkerProcess ToolAs(string user, string group, params string[] arguments) =>
        new("setpriv", ["--reuid", user, "--regid", group, "--clear-groups", "dotnet", BuiltAt("src", "SmartCache.Tool"), .. arguments]);

    /// <summary>The same with a thread pool that has so many threads as soon as it needs them, and never more.</summary>
    public static WorkerProcess WithThreads(int threads, params string[] arguments)
    {
        var number = threads.ToString("x", CultureInfo.InvariantCulture);
        return new("env", [$"DOTNET_ThreadPool_ForceMinWorkerThreads={number}", $"DOTNET_ThreadPool_ForceMaxWorkerThreads={number}", "dotnet", typeof(SameWork).Assembly.Location, .. arguments]);
    }

    // Where it was built, not beside the tests: there the library is instrumented for the coverage, whose figures another user may not write.
    private static string AsBuilt => BuiltAt("tests", typeof(SameWork).Assembly.GetName().Name!);

    private static string BuiltAt(string folder, string name)
    {
        var tests = new DirectoryInfo(AppContext.BaseDirectory.TrimEnd(Path.DirectorySeparatorChar));
        return Path.Combine(Snapshot.Repository, folder, name, "bin", tests.Parent!.Name, tests.Name, name + ".dll");
    }

    public int Id => _process.Id;

    public async Task WaitForLineAsync(string line) => (await ReadLineAsync()).Should().Be(line);

    public async Task<string?> ReadLineAsync() => await _process.StandardOutput.ReadLineAsync().Guarded();

    public void Go() => Tell("go");

    public void Tell(string line) => _process.StandardInput.WriteLine(line);

    /// <summary>Tells it a line, and gives what it says to that.</summary>
    public async Task<string?> AskAsync(string line)
    {
        Tell(line);
        return await ReadLineAsync();
    }

    public void Kill() => _process.Kill();

    public void Terminate()
    {
        using var kill = Process.Start("kill", ["-TERM", _process.Id.ToString(CultureInfo.InvariantCulture)]);
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
