namespace SmartCache.Storage.Platform;

/// <summary>
/// The one rule for every cache of facts about files: whether a modification time says "nobody wrote since". Within what the clock behind it can tell apart, a write
/// leaves inode, length and time as they were; so a time is a witness only if it lay further back than that when it was looked at.
/// <para>
/// The kernel stamps with a clock that ticks every 1 to 10 ms before Linux 6.13. Some file systems keep whole seconds (ext3, and ext4 with inodes of 128 bytes),
/// FAT every second one. Compared with the system's clock on purpose, not the injected one: the times come from the kernel.
/// </para>
/// </summary>
internal static class SettledTime
{
    private const long Second = 1_000_000_000;

    private static readonly TimeSpan _tick = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan _overshoot = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan _seconds = TimeSpan.FromSeconds(2) + _tick;

    /// <summary>What the file times are compared with.</summary>
    public static DateTimeOffset Now => TimeProvider.System.GetUtcNow();

    /// <summary>Whether nothing says that the file system knows fractions of a second. A file whose time was set to a whole second is taken for one on such a file system.</summary>
    public static bool IsWholeSecond(long modifiedNanoseconds) => modifiedNanoseconds % Second == 0;

    /// <summary>Whether a write at <paramref name="now"/> or later gives the file another time.</summary>
    public static bool IsSettled(long modifiedNanoseconds, DateTimeOffset now) => Remaining(modifiedNanoseconds, now) <= TimeSpan.Zero;

    /// <summary>Waits until this time is a witness: 10 ms at most, 2 s where it is a whole second. A time in the future never is, and is not waited for: false.</summary>
    public static async ValueTask<bool> WaitAsync(long modifiedNanoseconds, CancellationToken cancellationToken)
    {
        // A timer may fire before its time; what is said to be a witness has to be one.
        TimeSpan remaining;
        while ((remaining = Remaining(modifiedNanoseconds, Now)) > TimeSpan.Zero)
        {
            if (remaining > Margin(modifiedNanoseconds))
            {
                return false;
            }

            await Task.Delay(remaining + _overshoot, TimeProvider.System, cancellationToken).ConfigureAwait(false);
        }

        return true;
    }

    /// <summary>The same for whoever blocks its thread. By no timer: that would fire on the pool, all of whose threads may stand here.</summary>
    public static void Wait(long modifiedNanoseconds)
    {
        TimeSpan remaining;
        while ((remaining = Remaining(modifiedNanoseconds, Now)) > TimeSpan.Zero && remaining <= Margin(modifiedNanoseconds))
        {
            Thread.Sleep(remaining + _overshoot);
        }
    }

    private static TimeSpan Margin(long modifiedNanoseconds) => IsWholeSecond(modifiedNanoseconds) ? _seconds : _tick;

    private static TimeSpan Remaining(long modifiedNanoseconds, DateTimeOffset now) =>
        DateTimeOffset.UnixEpoch.AddTicks(modifiedNanoseconds / 100) + Margin(modifiedNanoseconds) - now;
}
