using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using Microsoft.Win32.SafeHandles;
using static SmartCache.Storage.Platform.LinuxCalls;
using static SmartCache.Storage.Platform.LinuxNative;

namespace SmartCache.Storage.Platform;

/// <summary>Facts of files, by <c>statx</c>.</summary>
[SupportedOSPlatform("linux")]
internal static class LinuxStat
{
    public static FileFacts? Of(string path)
    {
        var now = SettledTime.Now;
        return Ask(path, out var buffer) ? Facts(buffer, now) : null;
    }

    /// <summary>Whose a file is, and who else may use it; <see langword="null"/> where there is none.</summary>
    public static (uint Owner, uint Group, UnixFileMode Mode)? OwnersOf(string path) =>
        Ask(path, out var buffer) ? (buffer.Owner, buffer.Group, (UnixFileMode)(buffer.Mode & 0x1ff)) : null;

    public static FileFacts Of(SafeFileHandle handle)
    {
        int result;
        StatxBuffer buffer;
        var now = SettledTime.Now;
        do
        {
            result = Statx(handle, "", AtEmptyPath, StatxBasic, out buffer);
        }
        while (WasInterrupted(result));

        return result == 0 ? Facts(buffer, now) : throw Failure("statx", "open file");
    }

    private static bool Ask(string path, out StatxBuffer buffer)
    {
        int result;
        do
        {
            result = Statx(AtFdCwd, path, AtSymlinkNoFollow, StatxBasic, out buffer);
        }
        while (WasInterrupted(result));

        return result == 0 || (Marshal.GetLastPInvokeError() is Enoent or Enotdir ? false : throw Failure("statx", path));
    }

    private static FileFacts Facts(in StatxBuffer buffer, DateTimeOffset before)
    {
        var modified = (buffer.ModifiedSeconds * 1_000_000_000) + buffer.ModifiedNanoseconds;
        var kind = (buffer.Mode & 0xf000) switch { 0x8000 => FileKind.Regular, 0x4000 => FileKind.Directory, _ => FileKind.Other };
        return new()
        {
            Kind = kind,
            Device = ((ulong)buffer.DeviceMajor << 32) | buffer.DeviceMinor,
            Inode = buffer.Inode,
            Links = buffer.Links,
            Length = buffer.Size,
            AllocatedBytes = buffer.Blocks * 512,
            ModifiedNanoseconds = modified,
            Mode = (UnixFileMode)(buffer.Mode & 0xfff),
            BornNanoseconds = (buffer.BornSeconds * 1_000_000_000) + buffer.BornNanoseconds,
            Owner = buffer.Owner,
            IsSettled = SettledTime.IsSettled(modified, before),
        };
    }
}
