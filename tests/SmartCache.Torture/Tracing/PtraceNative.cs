using System.Runtime.InteropServices;

namespace SmartCache.Torture.Tracing;

/// <summary><c>ptrace(2)</c> and what belongs to it, for x86-64 Linux.</summary>
internal static partial class PtraceNative
{
    public const int Continue = 7;
    public const int GetRegisters = 12;
    public const int SetRegisters = 13;
    public const int Seize = 0x4206;
    public const int Interrupt = 0x4207;
    public const int Listen = 0x4208;
    public const int GetSyscallInfo = 0x420e;

    /// <summary>TRACECLONE, TRACESECCOMP, EXITKILL.</summary>
    public const int Options = 8 | 0x80 | 0x100000;

    /// <summary>__WALL, __WNOTHREAD: threads too, but only those that this thread traces.</summary>
    public const int WaitOptions = 0x40000000 | 0x20000000;

    public const int SigKill = 9;
    public const int EventStop = 128;
    public const int EventSeccomp = 7;

    /// <summary>Indexes into <c>struct user_regs_struct</c>.</summary>
    public const int Rax = 10;
    public const int OriginalRax = 15;
    public const int RegisterCount = 27;

    /// <summary>Where the arguments of a system call stand among them: rdi, rsi, rdx, r10, r8, r9.</summary>
    public static readonly int[] ArgumentRegisters = [14, 13, 12, 7, 9, 8];

    [LibraryImport("libc", EntryPoint = "ptrace", SetLastError = true)]
    public static partial nint Ptrace(int request, int thread, nint address, nint data);

    [LibraryImport("libc", EntryPoint = "waitpid", SetLastError = true)]
    public static partial int WaitPid(int process, out int status, int options);

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    public static partial int Kill(int process, int signal);

    /// <summary>
    /// Asks the kernel not to signal stops of children, only their ends. .NET's handler of SIGCHLD would otherwise run on each traced call, and wake another
    /// thread; the thread that traces waits by itself.
    /// </summary>
    public static unsafe void TakeNoSignalsOfStops()
    {
        const int SigChild = 17;
        const int NoSignalsOfStops = 1;
        SignalAction action;
        if (SigAction(SigChild, null, &action) == 0)
        {
            action.Flags |= NoSignalsOfStops;
            _ = SigAction(SigChild, &action, null);
        }
    }

    [LibraryImport("libc", EntryPoint = "sigaction", SetLastError = true)]
    private static unsafe partial int SigAction(int signal, SignalAction* wanted, SignalAction* before);

    /// <summary>The C library's <c>struct sigaction</c>: handler, mask, flags, restorer.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 152)]
    private struct SignalAction
    {
        [FieldOffset(136)]
        public int Flags;
    }

    [StructLayout(LayoutKind.Explicit, Size = 88)]
    public unsafe struct SyscallInfo
    {
        [FieldOffset(24)]
        public ulong Number;

        [FieldOffset(32)]
        public fixed ulong Arguments[6];
    }
}
