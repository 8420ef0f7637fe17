using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;
using static SmartCache.Torture.Tracing.PtraceNative;

namespace SmartCache.Torture.Tracing;

/// <summary>
/// Stops every file-system call of a running process and lets it pass, fail, or never come back. What strace does, but the N counts over all threads
/// (the cache works on the thread pool, so a count per thread means nothing), and paths are selected by directory.
/// <para>The process has a <see cref="SystemCallFilter"/>, so that it stops at these calls only and runs at full speed otherwise.</para>
/// <para>
/// It must not be a child that .NET started itself: on each SIGCHLD .NET collects what its children report, and would take the stops away from here.
/// </para>
/// <para>All of ptrace belongs to the thread that attached; it runs until the process is gone.</para>
/// </summary>
internal sealed class Tracer : IDisposable
{
    private readonly int _process;
    private readonly SafeFileHandle _memory;
    private readonly Thread _thread;
    private readonly TaskCompletionSource _attached = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _gone = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile IStepWatcher? _watcher;

    private Tracer(int process)
    {
        _process = process;
        _memory = File.OpenHandle($"/proc/{process}/mem");
        _thread = new Thread(Run) { IsBackground = true };
        _thread.Start();
    }

    /// <summary>Why processes cannot be traced here; <see langword="null"/> where they can.</summary>
    public static string? WhyNot =>
        !OperatingSystem.IsLinux() || RuntimeInformation.ProcessArchitecture != Architecture.X64 ? "Tracing is written for x86-64 Linux." : null;

    /// <summary>Completes when the process is gone.</summary>
    public Task Gone => _gone.Task;

    public static async Task<Tracer> AttachAsync(int process)
    {
        TakeNoSignalsOfStops();
        var tracer = new Tracer(process);
        await tracer._attached.Task;
        return tracer;
    }

    public void Arm(IStepWatcher? watcher) => _watcher = watcher;

    public void Dispose() => _memory.Dispose();

    private void Run()
    {
        try
        {
            AttachAll();
            _attached.TrySetResult();
            while (WaitPid(-1, out var status, WaitOptions) is var thread and > 0)
            {
                if ((status & 0xff) == 0x7f)
                {
                    Stopped(thread, (status >> 8) & 0xff, status >> 16);
                }
                else if (thread == _process)
                {
                    break;
                }
            }
        }
        catch (Exception exception)
        {
            _attached.TrySetException(exception);
        }
        finally
        {
            _gone.TrySetResult();
        }
    }

    private void AttachAll()
    {
        // Threads may be born meanwhile; those of a traced one are traced from the start.
        var attached = new HashSet<int>();
        for (var grew = true; grew;)
        {
            grew = false;
            foreach (var directory in Directory.GetDirectories($"/proc/{_process}/task"))
            {
                var thread = int.Parse(Path.GetFileName(directory), CultureInfo.InvariantCulture);
                if (!attached.Add(thread))
                {
                    continue;
                }

                grew = true;
                if (Ptrace(Seize, thread, 0, Options) == 0)
                {
                    _ = Ptrace(Interrupt, thread, 0, 0);
                }
                else if (thread == _process)
                {
                    throw new InvalidOperationException($"The process cannot be traced: {Marshal.GetLastPInvokeErrorMessage()}");
                }
            }
        }
    }

    private void Stopped(int thread, int signal, int happening)
    {
        var deliver = 0;
        if (happening == EventSeccomp)
        {
            AtCall(thread);
        }
        else if (happening == EventStop && signal is 19 or 20 or 21 or 22)
        {
            _ = Ptrace(Listen, thread, 0, 0);
            return;
        }
        else if (happening == 0)
        {
            deliver = signal;
        }

        _ = Ptrace(Continue, thread, 0, deliver);
    }

    private unsafe void AtCall(int thread)
    {
        SyscallInfo facts;
        if (Ptrace(GetSyscallInfo, thread, sizeof(SyscallInfo), (nint)(&facts)) <= 0)
        {
            return;
        }

        if (_watcher is { } watcher && SystemCall.Table.TryGetValue(facts.Number, out var call))
        {
            var arguments = new ReadOnlySpan<ulong>(facts.Arguments, 6);
            var effect = call.IsOfInterest(arguments) && StepOf(thread, call, arguments, watcher.Root) is { } step ? watcher.Strike(step with { Thread = thread }) : null;
            if (effect == Injection.Kills)
            {
                _ = Kill(_process, SigKill);
            }
            else if (effect == Injection.Shortens)
            {
                Shorten(thread, call);
            }
            else if (effect is { } errno)
            {
                Fail(thread, errno);
            }
        }
    }

    // A call with the number -1 is not made, and what stands for its result is returned.
    private static unsafe void Fail(int thread, int errno)
    {
        var registers = stackalloc long[RegisterCount];
        _ = Ptrace(GetRegisters, thread, 0, (nint)registers);
        registers[OriginalRax] = -1;
        registers[Rax] = -errno;
        _ = Ptrace(SetRegisters, thread, 0, (nint)registers);
    }

    // The kernel takes its arguments from the registers after this stop. What cannot be halved stays whole.
    private static unsafe void Shorten(int thread, SystemCall call)
    {
        var registers = stackalloc long[RegisterCount];
        _ = Ptrace(GetRegisters, thread, 0, (nint)registers);
        if (call.Count >= 0)
        {
            ref var count = ref registers[ArgumentRegisters[call.Count]];
            count -= count / 2;
        }

        _ = Ptrace(SetRegisters, thread, 0, (nint)registers);
    }

    /// <summary><see langword="null"/> where the call is not about the cache.</summary>
    private Step? StepOf(int thread, SystemCall call, ReadOnlySpan<ulong> arguments, string root)
    {
        var paths = new List<string>(2);
        foreach (var index in call.Paths)
        {
            paths.Add(Text((long)arguments[index]) ?? "");
        }

        // statx and newfstatat with an empty path are about the descriptor.
        var isByPath = paths.Count > 0 && (call.Descriptor < 0 || paths[0].Length > 0);
        if (!isByPath)
        {
            paths = [new FileInfo($"/proc/{thread}/fd/{arguments[call.Descriptor]}").LinkTarget ?? ""];
        }

        var below = paths.ConvertAll(path => path.StartsWith(root, StringComparison.Ordinal) ? path[root.Length..] : "(elsewhere)");
        var isInCache = below.Exists(static path => IsIn(path, "cache"));
        if (!isInCache && call.Group == "fsync" && paths[0].Length == root.Length - 1 && root.StartsWith(paths[0], StringComparison.Ordinal))
        {
            // The directory that bears the cache's own name.
            return new Step(call, "", isByPath, CanBeShort: false, Mutates: true, IsOnTheJobs: false);
        }

        return isInCache || (call.IsTheCaches && below.Exists(static path => IsIn(path, "work")))
            ? new Step(call, string.Join(" -> ", below), isByPath, call.Count >= 0 && arguments[call.Count] > 1, call.Mutates(arguments), !isInCache)
            : null;
    }

    private static bool IsIn(string path, string directory) =>
        path.StartsWith(directory, StringComparison.Ordinal) && (path.Length == directory.Length || path[directory.Length] == Path.DirectorySeparatorChar);

    private string? Text(long address)
    {
        if (address == 0)
        {
            return null;
        }

        Span<byte> bytes = stackalloc byte[1024];
        try
        {
            // Not beyond the page, which may be the last one.
            var read = RandomAccess.Read(_memory, bytes[..(int)Math.Min(bytes.Length, 4096 - (address & 4095))], address);
            var end = bytes[..read].IndexOf((byte)0);
            if (end < 0)
            {
                read += RandomAccess.Read(_memory, bytes[read..], address + read);
                end = bytes[..read].IndexOf((byte)0);
            }

            return end < 0 ? null : Encoding.UTF8.GetString(bytes[..end]);
        }
        catch (IOException)
        {
            return null;
        }
    }
}
