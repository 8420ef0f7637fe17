using System.Diagnostics;
using SmartCache.Storage.Platform;

namespace SmartCache.Storage;

/// <summary>Waits for a lock that others hold for milliseconds, and not longer than that deserves.</summary>
internal static class LockWait
{
    /// <param name="tryTake">One try.</param>
    /// <param name="name">Of the lock, for the message.</param>
    /// <param name="patience">After which it is given up.</param>
    /// <param name="pulse">Beats while it waits.</param>
    /// <exception cref="IOException">Not free within <paramref name="patience"/>.</exception>
    public static FileLock Take(Func<FileLock?> tryTake, string name, TimeSpan patience, OperationPulse pulse) =>
        For(tryTake, patience, pulse) ?? throw new IOException($"'{name}' is locked by somebody else for more than {patience}.");

    /// <param name="tryTake">One try.</param>
    /// <param name="patience">After which it is given up.</param>
    /// <param name="pulse">Beats while it waits.</param>
    public static FileLock? For(Func<FileLock?> tryTake, TimeSpan patience, OperationPulse pulse)
    {
        var began = Stopwatch.GetTimestamp();
        for (var pause = 1; ; pause = Math.Min(pause * 2, 16))
        {
            if (tryTake() is { } taken)
            {
                return taken;
            }

            if (Stopwatch.GetElapsedTime(began) >= patience)
            {
                return null;
            }

            pulse.Beat();
            Thread.Sleep(pause);
        }
    }
}
