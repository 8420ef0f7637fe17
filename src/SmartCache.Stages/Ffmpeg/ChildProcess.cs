using System.ComponentModel;
using System.Diagnostics;

namespace SmartCache.Stages.Ffmpeg;

/// <summary>Runs one program to its end. Whatever ends the call, the program and its children are gone when it returns.</summary>
internal static class ChildProcess
{
    // How long to wait for the pipes after the program's end: a grandchild that got away can hold them open for ever.
    private static readonly TimeSpan DrainTimeout = TimeSpan.FromSeconds(5);

    /// <returns>The exit code; 128 + N after signal N.</returns>
    /// <exception cref="FfmpegException">The program cannot be started.</exception>
    public static async Task<int> RunAsync(
        string program,
        IEnumerable<string> arguments,
        string? workingDirectory,
        Action<string> onOutput,
        Action<string> onError,
        CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        using var process = new Process { StartInfo = StartInfo(program, arguments, workingDirectory) };
        Start(process, program);
        using var broken = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task pumps = Task.CompletedTask;
        try
        {
            process.StandardInput.Close();
            pumps = Task.WhenAll(
                PumpAsync(process.StandardOutput, onOutput, broken),
                PumpAsync(process.StandardError, onError, broken));
            await process.WaitForExitAsync(broken.Token).ConfigureAwait(false);
            await pumps.WaitAsync(DrainTimeout, CancellationToken.None).ConfigureAwait(false);
            return process.ExitCode;
        }
        catch (TimeoutException) when (process.HasExited)
        {
            return process.ExitCode;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested && pumps.IsFaulted)
        {
            await pumps.ConfigureAwait(false);
            throw;
        }
        finally
        {
            await EndAsync(process).ConfigureAwait(false);
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

    private static async Task PumpAsync(StreamReader reader, Action<string> onLine, CancellationTokenSource broken)
    {
        try
        {
            while (await reader.ReadLineAsync(broken.Token).ConfigureAwait(false) is { } line)
                onLine(line);
        }
        catch
        {
            // A listener that throws ends the program.
            await broken.CancelAsync().ConfigureAwait(false);
            throw;
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
