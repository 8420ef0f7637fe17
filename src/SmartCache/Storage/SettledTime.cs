using SmartCache.Storage.Platform;

namespace SmartCache.Storage;

/// <summary>
/// A modification time says "nobody wrote since" only once it lies further back than the kernel's clock is coarse (a tick of 4 ms, 10 ms on HZ=100).
/// Compared with the system's clock on purpose, not the injected one: the times come from the kernel.
/// </summary>
internal static class SettledTime
{
    public static readonly TimeSpan Margin = TimeSpan.FromMilliseconds(10);

    public static bool IsSettled(in FileFacts facts) => Remaining(facts) <= TimeSpan.Zero;

    /// <summary>How long until the time is settled; a time in the future never is, and is not waited for.</summary>
    public static TimeSpan Remaining(in FileFacts facts) => facts.Modified + Margin - TimeProvider.System.GetUtcNow();

    /// <summary>Waits the few milliseconds until these facts can serve as a witness; false where the file's time lies in the future.</summary>
    public static async ValueTask<bool> WaitAsync(FileFacts facts, CancellationToken cancellationToken)
    {
        var remaining = Remaining(facts);
        if (remaining > Margin)
        {
            return false;
        }

        if (remaining > TimeSpan.Zero)
        {
            await Task.Delay(remaining + TimeSpan.FromMilliseconds(1), TimeProvider.System, cancellationToken).ConfigureAwait(false);
        }

        return true;
    }
}
