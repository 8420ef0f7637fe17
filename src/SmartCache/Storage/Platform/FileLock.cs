using Microsoft.Win32.SafeHandles;

namespace SmartCache.Storage.Platform;

/// <summary>A held lock on a lock file. Disposing releases it; disposing twice does nothing.</summary>
/// <param name="path">The lock file.</param>
/// <param name="handle">Its open file, closed at the end.</param>
/// <param name="exclusive">Whether nobody else may hold it.</param>
/// <param name="release">
/// Ends the lock before its file is closed. A child process that is just being started holds a copy of each open file until it runs its program, and a lock that
/// belongs to an open file lasts as long as any copy.
/// </param>
internal sealed class FileLock(string path, SafeFileHandle handle, bool exclusive, Action<SafeFileHandle>? release = null) : IDisposable
{
    private SafeFileHandle? _handle = handle;

    public string Path { get; } = path;

    public bool IsExclusive { get; } = exclusive;

    /// <summary>The locked file, for system calls on the lock itself.</summary>
    public SafeFileHandle Handle => _handle ?? throw new ObjectDisposedException(nameof(FileLock));

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _handle, null) is { } held)
        {
            release?.Invoke(held);
            held.Dispose();
        }
    }

    /// <summary>
    /// Deletes the lock file and releases the lock. Only for an exclusive holder: whoever opened the old file meanwhile
    /// finds after locking that the name no longer leads to it, and starts over (see <see cref="FileSystem.TryLock"/>).
    /// </summary>
    public void DeleteAndDispose()
    {
        try
        {
            if (IsExclusive && _handle is not null)
            {
                File.Delete(Path);
            }
        }
        finally
        {
            Dispose();
        }
    }
}
