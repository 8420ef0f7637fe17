using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using Microsoft.Win32.SafeHandles;
using static SmartCache.Storage.Platform.LinuxNative;

namespace SmartCache.Storage.Platform;

/// <summary>What all system calls have in common: they are made again on EINTR, and what they fail with becomes an exception.</summary>
[SupportedOSPlatform("linux")]
internal static class LinuxCalls
{
    public static SafeFileHandle Open(string path, int flags, UnixFileMode mode)
    {
        int descriptor;
        do
        {
            descriptor = LinuxNative.Open(path, flags, (int)mode);
        }
        while (WasInterrupted(descriptor));

        return descriptor >= 0 ? new SafeFileHandle(descriptor, ownsHandle: true) : throw Failure("open", path);
    }

    /// <summary>Gives the handle back if it is a regular file's, and closes it otherwise, also where that cannot be told.</summary>
    public static SafeFileHandle RegularOnly(SafeFileHandle handle, string path, out FileFacts facts)
    {
        try
        {
            facts = LinuxStat.Of(handle);
            return facts.Kind == FileKind.Regular ? handle : throw new IOException($"'{Path.GetFileName(path)}' is not a regular file.");
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }

    public static void TrySetMode(SafeFileHandle handle, UnixFileMode mode)
    {
        try
        {
            File.SetUnixFileMode(handle, mode);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // Another user's file: its owner set the mode, or nobody can.
        }
    }

    public static bool WasInterrupted(int result) => result == -1 && Marshal.GetLastPInvokeError() == Eintr;

    /// <summary>For the calls that are too slow for a closure to matter; the others of a hit have loops of their own.</summary>
    public static int Retry(Func<int> call)
    {
        int result;
        do
        {
            result = call();
        }
        while (WasInterrupted(result));

        return result;
    }

    public static Exception Failure(string call, string path)
    {
        var error = Marshal.GetLastPInvokeError();
        var message = $"{call} '{Path.GetFileName(path)}': {Marshal.GetPInvokeErrorMessage(error)} (errno {error})";
        return error switch
        {
            Enoent => new FileNotFoundException(message),
            Eacces or Eperm => new UnauthorizedAccessException(message),
            _ => new IOException(message, error),
        };
    }
}
