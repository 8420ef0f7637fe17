using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace SmartCache.Storage.Platform;

/// <summary>
/// The system calls that younger libraries have a function for and older ones have not: musl before 1.2.5 and glibc before 2.28 know neither
/// <c>statx</c> nor <c>renameat2</c>. Each is called by its number, everywhere, so that there is one way and every test takes it.
/// </summary>
internal static partial class LinuxNative
{
    // asm/unistd.h of the kernel. The younger architectures share one table.
    private static readonly (nint Statx, nint RenameAt2) _number = RuntimeInformation.ProcessArchitecture switch
    {
        Architecture.X64 => (332, 316),
        Architecture.X86 => (383, 353),
        Architecture.Arm or Architecture.Armv6 => (397, 382),
        Architecture.Ppc64le => (383, 357),
        Architecture.S390x => (379, 347),
        _ => (291, 276),
    };

    public static int Statx(int directory, string path, int flags, uint mask, out StatxBuffer buffer) =>
        (int)Call(_number.Statx, directory, path, flags, (nint)mask, out buffer);

    public static int Statx(SafeFileHandle handle, string path, int flags, uint mask, out StatxBuffer buffer) =>
        (int)Call(_number.Statx, handle, path, flags, (nint)mask, out buffer);

    public static int RenameAt2(int oldDirectory, string oldPath, int newDirectory, string newPath, uint flags) =>
        (int)Call(_number.RenameAt2, oldDirectory, oldPath, newDirectory, newPath, (nint)flags);

    // Variadic in C, but its arguments go where those of any other function go on every Linux ABI.
    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial nint Call(nint number, nint directory, string path, nint flags, nint mask, out StatxBuffer buffer);

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial nint Call(nint number, SafeFileHandle handle, string path, nint flags, nint mask, out StatxBuffer buffer);

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial nint Call(nint number, nint oldDirectory, string oldPath, nint newDirectory, string newPath, nint flags);
}
