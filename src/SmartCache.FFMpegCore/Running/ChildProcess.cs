using System.ComponentModel;
using System.Diagnostics;

namespace SmartCache.FFMpegCore.Running;

/// <summary>Runs one program to its end. Whatever ends the call, the program and its children are gone when it returns.</summary>
internal static class ChildProcess
{
    // How long to wait for the pipes after the program's end: a child that got away can hold them open for long.
    private static readonly TimeSpan s_drainTimeout = TimeSpan.FromSeconds(5);

    /// <param name="program">The program.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <param name="workingDirectory">Where it works; <see langword="null"/>: where this process does.</param>
    /// <param name="onOutput">Is given each line of its output.</param>
    /// <param name="onError">Is given each line of its error output.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <param name="silent">Is told that it works while it says nothing.</param>
    /// <returns>The exit code; 128 + N after signal N.</returns>
    /// <exception cref="FfmpegException">The program cannot be started.</exception>
    public static async Task<int> RunAsync(
        string program,
        IEnumerable<string> arguments,
        string? workingDirectory,
        Action<string> onOutput,
        Action<string> onError,
        CancellationToken cancellationToken,
        SilentWork? silent = null)
    {
        cancellationToken.ThrowIfCancellationRequested();
        using var process = new Process { StartInfo = StartInfo(program, arguments, workingDirectory) };
        Start(process, program);
        using var listenerThrew = new CancellationTokenSource();
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, listenerThrew.Token);
        using var deaf = new CancellationTokenSource();
        using var over = new CancellationTokenSource();
        var pumps = Task.CompletedTask;
        var watching = silent?.WatchAsync(process, over.Token) ?? Task.CompletedTask;
        try
        {
            process.StandardInput.Close();
            pumps = Task.WhenAll(
                PumpAsync(process.StandardOutput, onOutput, listenerThrew, deaf.Token),
                PumpAsync(process.StandardError, onError, listenerThrew, deaf.Token));
            await process.WaitForExitAsync(end.Token).ConfigureAwait(false);
            return process.ExitCode;
        }
        catch (OperationCanceledException exception) when (cancellationToken.IsCancellationRequested)
        {
            // The caller compares the token with its own, and not with the linked one.
            throw new OperationCanceledException(exception.Message, exception, cancellationToken);
        }
        finally
        {
            await over.CancelAsync().ConfigureAwait(false);
            await watching.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await EndAsync(process).ConfigureAwait(false);
            await DrainAsync(pumps, deaf).ConfigureAwait(false);
        }
    }

    // The pipes end when the last process that holds them ends: this waits for the children too, which Kill does not.
    // Afterwards no listener is called any more, and what one of them threw is thrown.
    private static async Task DrainAsync(Task pumps, CancellationTokenSource deaf)
    {
        try
        {
            await pumps.WaitAsync(s_drainTimeout, CancellationToken.None).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            await deaf.CancelAsync().ConfigureAwait(false);
        }
    }

    private static ProcessStartInfo StartInfo(string program, IEnumerable<string> arguments, string? workingDirectory)
    {
        var start = new ProcessStartInfo(program)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
            CreateNoWindow = true,
            WorkingDirectory = workingDirectory ?? "",
        };
        foreach (var argument in arguments)
            start.ArgumentList.Add(argument);
        return start;
    }

    private static void Start(Process process, string program)
    {
        try
        {
            process.Start();
        }
        catch (Exception exception) when (exception is Win32Exception or InvalidOperationException)
        {
            throw new FfmpegException($"{Path.GetFileName(program)} cannot be started: {exception.Message}", exception);
        }
    }

    // A pipe has a thread of its own: with the pool's threads all at work, a reply that already lay in the pipe was not read before the drain's time was over.
    private static Task PumpAsync(StreamReader reader, Action<string> onLine, CancellationTokenSource listenerThrew, CancellationToken deaf) =>
        Task.Factory.StartNew(() => Pump(reader, onLine, listenerThrew, deaf), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    private static void Pump(StreamReader reader, Action<string> onLine, CancellationTokenSource listenerThrew, CancellationToken deaf)
    {
        var lines = new ProgramLines(reader);
        while (lines.Read() is { } line && !deaf.IsCancellationRequested)
        {
            try
            {
                onLine(line);
            }
            catch
            {
                listenerThrew.Cancel();
                throw;
            }
        }
    }

    private static async Task EndAsync(Process process)
    {
        if (process.HasExited)
            return;

        try
        {
            process.Kill(entireProcessTree: true);
        }
        catch (Exception exception) when (exception is InvalidOperationException or Win32Exception or AggregateException)
        {
            // It ended by itself meanwhile.
        }

        await process.WaitForExitAsync(CancellationToken.None).ConfigureAwait(false);
    }
}
