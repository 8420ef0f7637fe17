using SmartCache.Storage.Platform;

namespace SmartCache.Storage;

/// <summary>
/// This process as a writer of one layer. Its lock, held as long as the process lives, is the proof that it is alive. A process id would prove nothing: two
/// containers have the same ones.
/// </summary>
internal sealed class LayerWriter(FileSystem files, string locks, Func<ICachePlace> place)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    private FileLock? _held;
    private FileFacts _facts;

    /// <summary>Under this name everything of this writer lies, while its lock is held.</summary>
    public string Id { get; } = Guid.NewGuid().ToString("N");

    /// <summary>Whether the lock is held, and its name still leads to the file that is locked: somebody may have removed the directory under the running worker.</summary>
    public bool IsPresent => Volatile.Read(ref _held) is { } held && files.Stat(held.Path) is { } named && named.IsSameFileAs(_facts);

    /// <summary>Takes the lock, anew where it was held before.</summary>
    /// <param name="root">The layer's directory, for the message.</param>
    /// <param name="whileTaken">What has to succeed before the lock counts as held.</param>
    /// <exception cref="LocksDoNotExcludeException">The file system grants a second exclusive lock: no evidence by lock is worth anything here.</exception>
    public void Enter(string root, Action whileTaken)
    {
        _held?.Dispose();
        _held = null;

        // Another process's sweeper may hold it for a moment: between the file's making and its lock nobody seems to need it.
        var path = PathOf(Id);
        var taken = LockWait.Take(() => Lock(path), Path.GetFileName(path), Patience, OperationPulse.Unwatched(CancellationToken.None));
        try
        {
            if (Lock(path) is { } second)
            {
                second.Dispose();
                throw new LocksDoNotExcludeException(root);
            }

            _facts = files.Stat(taken.Handle);
            whileTaken();
        }
        catch
        {
            // Kept, it would be the somebody else who holds the lock at every later attempt.
            taken.Dispose();
            throw;
        }

        _held = taken;
    }

    /// <summary>Whether the writer with this id is alive: its lock can't be taken.</summary>
    public bool IsAlive(string id, out FileLock? proofOfDeath)
    {
        proofOfDeath = id == Id ? null : Lock(PathOf(id));
        return proofOfDeath is null;
    }

    /// <summary>Takes the lock's file away after the writer's staging, which has to be empty; what stays is found by the free lock.</summary>
    public void Leave(string staging)
    {
        if (_held is null)
        {
            return;
        }

        try
        {
            files.DeleteDirectory(staging);
            _held.DeleteAndDispose();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // Not empty or gone: the sweeper of another process finds it by the free lock.
        }
        finally
        {
            _held.Dispose();
        }
    }

    private string PathOf(string id) => Path.Combine(locks, OwnNames.WriterLock + id);

    private FileLock? Lock(string path) => files.TryLock(path, exclusive: true, place().FileMode);
}
