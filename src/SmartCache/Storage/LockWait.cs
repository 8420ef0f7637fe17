using System.Diagnostics;
using SmartCache.Storage.Platform;

namespace SmartCache.Storage;

/// <summary>Waits for a lock that others hold for milliseconds, and not longer than that deserves.</summary>
internal static class LockWait
{
    /// <exception cref="IOException">Not free within <paramref name="patience"/>.</exception>
    public static FileLock Take(LayerDirectory layer, string lockName, bool exclusive, TimeSpan patience, OperationPulse pulse) =>
        TryTake(layer, lockName, exclusive, patience, pulse) ?? throw new IOException($"'{lockName}' is locked by somebody else for more than {patience}.");

    public static FileLock? TryTake(LayerDirectory layer, string lockName, bool exclusive, TimeSpan patience, OperationPulse pulse)
    {
        var began = Stopwatch.GetTimestamp();
        for (var pause = 1; ; pause = Math.Min(pause * 2, 16))
        {
            if (layer.TryLock(lockName, exclusive) is { } taken)
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
