using System.Globalization;
using SmartCache.Storage.Platform;

namespace SmartCache.Storage;

/// <summary>
/// One layer's directory with what every layer has: <c>locks/</c>, <c>staging/</c>, <c>trash/</c>, <c>quarantine/</c>.
/// Everything that exists only while a writer lives lies under that writer's id (<see cref="LayerWriter"/>).
/// </summary>
internal sealed class LayerDirectory : IDisposable
{
    private readonly Func<ICachePlace> _settings;
    private readonly LayerPlace _place;
    private readonly LayerWriter _writer;
    private readonly Lock _opening = new();
    private long _serial;
    private volatile bool _doubted;
    private volatile Exception? _failure;
    private bool _disposed;

    public LayerDirectory(string name, string root, Func<ICachePlace> place, FileSystem files)
    {
        (Name, Root, FileSystem, _settings) = (name, root, files, place);
        Locks = Path.Combine(root, "locks");
        Staging = Path.Combine(root, "staging");
        Trash = Path.Combine(root, "trash");
        Quarantine = Path.Combine(root, "quarantine");
        Itself = Path.Combine(root, ".");
        _place = new LayerPlace(name, root, place, files);
        _writer = new LayerWriter(files, Locks, place);
        OwnStaging = Path.Combine(Staging, _writer.Id);
    }

    /// <summary><c>sources</c>, <c>profiles</c> or <c>uploads</c>.</summary>
    public string Name { get; }

    public string Root { get; }

    /// <inheritdoc cref="LayerWriter.Id"/>
    public string WriterId => _writer.Id;

    public string Locks { get; }

    public string Staging { get; }

    public string Trash { get; }

    public string Quarantine { get; }

    public FileSystem FileSystem { get; }

    /// <summary>The directory itself, to be flushed, also where <see cref="Root"/> is a link to where the room is.</summary>
    public string Itself { get; }

    /// <summary>The device that the layer lies on; <see langword="null"/> before it was first opened.</summary>
    public ulong? Device { get; private set; }

    /// <summary>Why the layer could not be opened when that was last tried; <see langword="null"/> where it could, or nobody tried.</summary>
    public Exception? Failure => _failure;

    public UnixFileMode FileMode => _settings().FileMode;

    private string OwnStaging { get; }

    /// <summary>
    /// Makes the directories and takes the writer's lock, once; looks again when somebody removed them under the running worker.
    /// </summary>
    /// <exception cref="IOException">The directory can't be used; the message says why.</exception>
    /// <exception cref="ForeignDirectoryException">The directory, or the cache's root, holds what the cache did not make.</exception>
    /// <exception cref="LocksDoNotExcludeException">The file system grants a second exclusive lock: no evidence by lock is worth anything here.</exception>
    public void EnsureOpen()
    {
        if (!_doubted && _writer.IsPresent)
        {
            return;
        }

        lock (_opening)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            var isOpen = _writer.IsPresent;
            if (isOpen && !_doubted)
            {
                return;
            }

            try
            {
                Open(isOpen);
                _failure = null;
            }
            catch (Exception exception)
            {
                _failure = exception;
                throw;
            }
        }
    }

    /// <summary>Something that should be there is not: the next operation looks whether all directories are, since a sweeper of temporary files removes empty ones.</summary>
    public void Doubt() => _doubted = true;

    /// <summary>A fresh name under this writer's staging directory.</summary>
    public string NewStagingPath() => Path.Combine(OwnStaging, NextSerial());

    /// <inheritdoc cref="LayerPlace.MakeDirectory"/>
    public void MakeDirectory(string path) => _place.MakeDirectory(path);

    /// <inheritdoc cref="LayerPlace.StandsIn"/>
    public bool StandsIn(string directory) => _place.StandsIn(directory);

    /// <inheritdoc cref="LayerPlace.KeepMarkers"/>
    public void KeepMarkers() => _place.KeepMarkers();

    /// <summary>Whether this is a directory and no link to one: nothing may be deleted, or moved, through a link.</summary>
    public bool IsOwnDirectory(string path)
    {
        var isOwn = FileSystem.Stat(path) is { Kind: FileKind.Directory };
        if (!isOwn)
        {
            Doubt();
        }

        return isOwn;
    }

    /// <summary>Waits for a lock that others hold for milliseconds.</summary>
    /// <exception cref="IOException">Not free within <paramref name="patience"/>.</exception>
    public FileLock TakeLock(string lockName, bool exclusive, TimeSpan patience, OperationPulse pulse) =>
        LockWait.Take(() => TryLock(lockName, exclusive), lockName, patience, pulse);

    /// <summary>Waits for somebody's turn, whose lock file does not stay.</summary>
    /// <exception cref="IOException">Not free within <paramref name="patience"/>.</exception>
    public Turn TakeTurn(string lockName, TimeSpan patience, OperationPulse pulse) => new(TakeLock(lockName, exclusive: true, patience, pulse));

    /// <summary>The same; <see langword="null"/> where it is not free within <paramref name="patience"/>.</summary>
    public Turn? TryTakeTurn(string lockName, TimeSpan patience, OperationPulse pulse) =>
        LockWait.For(() => TryLock(lockName, exclusive: true), patience, pulse) is { } held ? new Turn(held) : null;

    public FileLock? TryLock(string lockName, bool exclusive) =>
        FileSystem.TryLock(Path.Combine(Locks, lockName), exclusive, FileMode);

    /// <summary>
    /// Moves a file or directory out of reach in one step; the space is freed by whoever empties the trash. What cannot be moved is deleted where it is:
    /// whoever calls this holds the lock that keeps others from it.
    /// </summary>
    /// <returns>Where it is now, or was deleted; <see langword="null"/> where there was nothing.</returns>
    public string? MoveToTrash(string path) => MoveAside(path, Trash);

    public string? MoveToQuarantine(string path) => MoveAside(path, Quarantine) is { } kept && kept != path ? kept : null;

    /// <inheritdoc cref="LayerWriter.IsAlive"/>
    public bool IsAlive(string writerId, out FileLock? proofOfDeath) => _writer.IsAlive(writerId, out proofOfDeath);

    public void Dispose()
    {
        lock (_opening)
        {
            _disposed = true;
            _writer.Leave(OwnStaging);
        }
    }

    private void Open(bool isOpen)
    {
        MakeDirectories(isOpen);
        if (isOpen)
        {
            MakeDirectory(OwnStaging);
            return;
        }

        _writer.Enter(Root, () =>
        {
            Device = FileSystem.DeviceOf(Root);
            MakeDirectory(OwnStaging);
        });
    }

    private void MakeDirectories(bool isOpen)
    {
        _doubted = false;
        try
        {
            if (!isOpen)
            {
                if (_settings().IsExistingOnly && !(FileSystem.DirectoryExists(_settings().Root) && FileSystem.DirectoryExists(Root)))
                {
                    throw new DirectoryNotFoundException($"There is no directory '{Root}', and none is to be made.");
                }

                // Before anything else: nothing is made, or taken away, where somebody else's files are.
                MakeDirectory(_settings().Root);
                MakeDirectory(Root);
                KeepMarkers();
            }

            foreach (var directory in (ReadOnlySpan<string>)[Locks, Staging, Trash, Quarantine])
            {
                MakeDirectory(directory);
            }
        }
        catch
        {
            // Still in doubt: the next operation tries again.
            _doubted = true;
            throw;
        }
    }

    private string? MoveAside(string path, string directory)
    {
        if (!IsOwnDirectory(directory))
        {
            MakeDirectory(directory);
        }

        var destination = Path.Combine(directory, $"{Path.GetFileName(path)}.{_writer.Id[..OwnNames.ShortWriter]}.{NextSerial()}");
        try
        {
            return FileSystem.TryRenameNoReplace(path, destination) ? destination : null;
        }
        catch (FileNotFoundException)
        {
            if (FileSystem.Stat(path) is null)
            {
                return null;
            }

            // It is the trash or the quarantine that is gone.
            MakeDirectory(directory);
            return FileSystem.TryRenameNoReplace(path, destination) ? destination : null;
        }
        catch (IOException exception) when (exception.HResult == FileSystem.CrossDevice)
        {
            // A directory that came with a container's image: overlayfs renames none of its lower layer. Without its manifest an entry is one no more,
            // and a clean-up ends what is begun here.
            var manifest = Path.Combine(path, Manifest.FileName);
            if (FileSystem.Stat(manifest) is not null)
            {
                FileSystem.Delete(manifest);
            }

            TreeRemoval.Delete(FileSystem, path, OperationPulse.Unwatched(CancellationToken.None));
            return path;
        }
    }

    private string NextSerial() => Interlocked.Increment(ref _serial).ToString(CultureInfo.InvariantCulture);
}
