using System.Runtime.InteropServices;

namespace SmartCache.Torture.Tracing;

/// <summary>
/// A seccomp filter that this process puts on all of its threads: the file-system calls of <see cref="SystemCall.Table"/> stop for the tracer, all others
/// do not. Without a tracer they would fail, so it is put on after that has attached.
/// </summary>
internal static partial class SystemCallFilter
{
    private const int NoNewPrivileges = 38;
    private const int SeccompNumber = 317; // x86-64, as the table
    private const int SetFilter = 1, AllThreads = 1;
    private const ushort LoadWord = 0x20, JumpIfEqual = 0x15, Return = 0x06;
    private const uint Trace = 0x7ff00000, Allow = 0x7fff0000;

    /// <exception cref="InvalidOperationException">The kernel refuses.</exception>
    public static unsafe void Apply()
    {
        var numbers = SystemCall.Table.Keys.ToArray();
        var program = new List<Instruction> { new(LoadWord, 0, 0, 0) };
        for (var i = 0; i < numbers.Length; i++)
        {
            program.Add(new Instruction(JumpIfEqual, (byte)(numbers.Length - i), 0, (uint)numbers[i]));
        }

        program.Add(new Instruction(Return, 0, 0, Allow));
        program.Add(new Instruction(Return, 0, 0, Trace));
        var instructions = program.ToArray();
        fixed (Instruction* start = instructions)
        {
            var filter = new Program { Length = (ushort)instructions.Length, Start = start };
            if (Control(NoNewPrivileges, 1, 0, 0, 0) != 0 || SystemCallOf(SeccompNumber, SetFilter, AllThreads, (nint)(&filter)) != 0)
            {
                throw new InvalidOperationException($"seccomp: {Marshal.GetLastPInvokeErrorMessage()}");
            }
        }
    }

    [LibraryImport("libc", EntryPoint = "prctl", SetLastError = true)]
    private static partial int Control(int option, nint a, nint b, nint c, nint d);

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    private static partial nint SystemCallOf(nint number, nint a, nint b, nint c);

    [StructLayout(LayoutKind.Sequential)]
    private readonly record struct Instruction(ushort Code, byte IfTrue, byte IfFalse, uint Operand);

    [StructLayout(LayoutKind.Sequential)]
    private unsafe struct Program
    {
        public ushort Length;
        public Instruction* Start;
    }
}
