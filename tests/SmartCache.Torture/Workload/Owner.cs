using System.ComponentModel;
using System.Runtime.InteropServices;

namespace SmartCache.Torture.Workload;

/// <summary>Users and the common group that workers run under; numbers, so that no account has to be made.</summary>
internal static partial class Owner
{
    public const uint Root = 0;
    public const uint FirstUser = 10_001;
    public const uint Group = 10_000;

    public const UnixFileMode SharedFile = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.GroupWrite;

    public const UnixFileMode SharedDirectory = SharedFile | UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.SetGroup
        | UnixFileMode.OtherRead | UnixFileMode.OtherExecute;

    public static void GiveTo(string path, uint user, uint group, UnixFileMode mode)
    {
        if (!TryGive(path, user, group))
        {
            throw new IOException($"{path} cannot be given to {user}:{group}: {new Win32Exception(Marshal.GetLastPInvokeError()).Message}");
        }

        SetMode(path, mode);
    }

    public static UnixFileMode ModeOf(string path) => OperatingSystem.IsWindows() ? (UnixFileMode)511 : File.GetUnixFileMode(path);

    public static void SetMode(string path, UnixFileMode mode)
    {
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(path, mode);
        }
    }

    /// <returns>Whether this process may.</returns>
    public static bool TryGive(string path, uint user, uint group) => ChangeOwner(path, user, group) == 0;

    [LibraryImport("libc", EntryPoint = "chown", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int ChangeOwner(string path, uint user, uint group);
}
