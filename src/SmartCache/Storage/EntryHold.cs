using SmartCache.Storage.Platform;

namespace SmartCache.Storage;

/// <summary>Releases a lock at the end of a scope unless it was handed on.</summary>
internal sealed class EntryHold(FileLock hold) : IDisposable
{
    private FileLock? _hold = hold;

    public FileLock Keep() => Interlocked.Exchange(ref _hold, null)!;

    public void Dispose() => Interlocked.Exchange(ref _hold, null)?.Dispose();
}
