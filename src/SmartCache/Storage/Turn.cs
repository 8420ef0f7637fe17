using SmartCache.Storage.Platform;

namespace SmartCache.Storage;

/// <summary>
/// A lock held for milliseconds, for somebody's turn at what comes and goes: its file goes with it, where other locks leave theirs for the next holder.
/// </summary>
/// <param name="held">Exclusive.</param>
internal sealed class Turn(FileLock held) : IDisposable
{
    /// <summary>Deletes the lock file and lets the next one in.</summary>
    public void Dispose()
    {
        try
        {
            held.DeleteAndDispose();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // What was done in this turn is done. The sweeper finds the file by the free lock.
        }
    }
}
