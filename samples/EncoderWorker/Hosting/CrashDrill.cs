using System.Diagnostics;
using System.IO.Pipes;

namespace EncoderWorker.Hosting;

/// <summary>
/// <c>--crash-at</c>: the worker as a child process, which is killed with its ffmpeg (SIGKILL) as soon as it says that so much is encoded, and started again. It says so
/// by a byte in a pipe, whose handle the child finds in its environment.
/// </summary>
internal static class CrashDrill
{
    private const string PipeVariable = "ENCODER_WORKER_CRASH_PIPE";
    private const string AfterTheCrash = "none";

    /// <summary>Whether this process is a worker, and not the one that starts them.</summary>
    public static bool IsWorker => Pipe is not null;

    /// <summary>Whether a worker before this one was killed.</summary>
    public static bool IsAfterTheCrash => Pipe == AfterTheCrash;

    private static string? Pipe => Environment.GetEnvironmentVariable(PipeVariable);

    /// <summary>Runs the worker twice.</summary>
    /// <returns>The exit code of the second one; of the first where it ended before so much was encoded.</returns>
    public static async Task<int> RunAsync(IReadOnlyList<string> arguments)
    {
        // A Ctrl-C is for the worker, which this process waits for.
        Console.CancelKeyPress += static (_, pressed) => pressed.Cancel = true;
        using (var pipe = new AnonymousPipeServerStream(PipeDirection.In, HandleInheritability.Inheritable))
        {
            using var first = Start(arguments, pipe.GetClientHandleAsString());
            pipe.DisposeLocalCopyOfClientHandle();
            if (await pipe.ReadAsync(new byte[1]) == 0)
            {
                await first.WaitForExitAsync();
                return first.ExitCode;
            }

            first.Kill(entireProcessTree: true);
            await first.WaitForExitAsync();
        }

        Console.WriteLine("The worker was killed (SIGKILL), with its ffmpeg. It is started again.");
        using var second = Start(arguments, AfterTheCrash);
        await second.WaitForExitAsync();
        return second.ExitCode;
    }

    /// <summary>How a worker says that it is to be killed; <see langword="null"/> after the crash.</summary>
    public static Action? Trigger()
    {
        if (Pipe is null or AfterTheCrash)
            return null;

        var pipe = new AnonymousPipeClientStream(PipeDirection.Out, Pipe);
        return () =>
        {
            pipe.WriteByte(1);
            pipe.Flush();
        };
    }

    private static Process Start(IReadOnlyList<string> arguments, string pipe)
    {
        // By its apphost, or by "dotnet EncoderWorker.dll".
        var program = Environment.ProcessPath!;
        List<string> all = Path.GetFileNameWithoutExtension(program) == "dotnet" ? [Path.Combine(AppContext.BaseDirectory, "EncoderWorker.dll"), .. arguments] : [.. arguments];
        var start = new ProcessStartInfo(program, all) { UseShellExecute = false };
        start.Environment[PipeVariable] = pipe;
        return Process.Start(start)!;
    }
}
