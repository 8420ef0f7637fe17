using System.Runtime.InteropServices;
using System.Text;
using SmartCache.Storage.Platform;

namespace SmartCache.FFMpegCore.Files;

/// <summary>Tells whether a file was replaced or changed: its inode, size and modification time.</summary>
internal readonly record struct SettledStamp(string Path, ulong Inode, long Length, long ModifiedTicks)
{
    private const int AtFdCwd = -100;
    private const uint StatxIno = 0x100;
    private const int InodeOffset = 32;

    private long ModifiedNanoseconds => (ModifiedTicks - DateTime.UnixEpoch.Ticks) * 100;

    /// <param name="path">An existing file; links are followed, because a package manager changes where they lead.</param>
    /// <param name="isSettled">Whether a write from now on changes the stamp: what is read only then may be remembered under it.</param>
    public static SettledStamp Of(string path, out bool isSettled)
    {
        var now = SettledTime.Now;
        var file = new FileInfo(path);
        if (file.ResolveLinkTarget(returnFinalTarget: true) is FileInfo target)
            file = target;
        var stamp = new SettledStamp(file.FullName, InodeOf(file.FullName), file.Length, file.LastWriteTimeUtc.Ticks);
        isSettled = SettledTime.IsSettled(stamp.ModifiedNanoseconds, now);
        return stamp;
    }

    /// <summary>The stamp of a file; one that was just written is waited for, until a write to it shows in the stamp.</summary>
    /// <returns>The stamp, and whether what is read now may be remembered under it: not where the file's time lies in the future.</returns>
    public static async ValueTask<(SettledStamp Stamp, bool IsSettled)> SettledAsync(string path, CancellationToken cancellationToken)
    {
        var stamp = Of(path, out var isSettled);
        if (!isSettled && await SettledTime.WaitAsync(stamp.ModifiedNanoseconds, cancellationToken).ConfigureAwait(false))
            stamp = Of(path, out isSettled);

        return (stamp, isSettled);
    }

    // .NET gives neither the inode nor, on Linux, a creation time that a copy with the old modification time would change.
    private static ulong InodeOf(string path)
    {
        if (!OperatingSystem.IsLinux())
            return 0;

        try
        {
            // The layout of struct statx is the same on all architectures.
            var buffer = new byte[256];
            return Statx(AtFdCwd, Encoding.UTF8.GetBytes(path + '\0'), 0, StatxIno, buffer) == 0 ? BitConverter.ToUInt64(buffer, InodeOffset) : 0;
        }
        catch (EntryPointNotFoundException)
        {
            return 0;
        }
    }

    [DllImport("libc", EntryPoint = "statx")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Statx(int directory, byte[] path, int flags, uint mask, byte[] buffer);
}
