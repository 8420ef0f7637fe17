using Microsoft.Win32.SafeHandles;

namespace SmartCache.Storage.Platform;

/// <summary>A held lock on a lock file. Disposing releases it; disposing twice does nothing.</summary>
internal sealed class FileLock(string path, SafeFileHandle handle, bool exclusive) : IDisposable
{
    private SafeFileHandle? _handle = handle;

    public string Path { get; } = path;

    public bool IsExclusive { get; } = exclusive;

    /// <summary>The locked file, for system calls on the lock itself.</summary>
    public SafeFileHandle Handle => _handle ?? throw new ObjectDisposedException(nameof(FileLock));

    public void Dispose() => Interlocked.Exchange(ref _handle, null)?.Dispose();

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
