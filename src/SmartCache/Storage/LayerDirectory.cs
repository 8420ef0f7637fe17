using System.Collections.Concurrent;
using System.Globalization;
using SmartCache.Storage.Platform;

namespace SmartCache.Storage;

/// <summary>
/// One layer's directory with what every layer has: <c>locks/</c>, <c>staging/</c>, <c>trash/</c>, <c>quarantine/</c>.
/// Everything that exists only while a writer lives lies under that writer's id; its lock, held as long as the process lives,
/// is the proof that it is alive. A process id would prove nothing: two containers have the same ones.
/// </summary>
internal sealed class LayerDirectory(string name, string root, Func<ICachePlace> place, FileSystem? fileSystem = null) : IDisposable
{
    /// <summary>How many digits of the writer's id the name of something put aside bears.</summary>

    private static readonly TimeSpan OpeningPatience = TimeSpan.FromSeconds(1);

    private readonly Lock _opening = new();
    private readonly ConcurrentDictionary<string, (ulong Device, ulong Inode, long Born)> _claimed = new(StringComparer.Ordinal);
    private readonly string _writerId = Guid.NewGuid().ToString("N");
    private FileLock? _writer;
    private FileFacts _writerFacts;
    private long _serial;
    private volatile bool _doubted;
    private bool _disposed;

    /// <summary><c>sources</c>, <c>profiles</c> or <c>uploads</c>.</summary>
    public string Name { get; } = name;

    public string Root { get; } = root;

    /// <summary>Under this name everything of this writer lies, while its lock is held.</summary>
    public string WriterId => _writerId;

    public string Locks { get; } = Path.Combine(root, "locks");

    public string Staging { get; } = Path.Combine(root, "staging");

    public string Trash { get; } = Path.Combine(root, "trash");

    public string Quarantine { get; } = Path.Combine(root, "quarantine");

    public FileSystem FileSystem { get; } = fileSystem ?? FileSystem.Current;

    /// <summary>The device that the layer lies on; <see langword="null"/> before it was first opened.</summary>
    public ulong? Device { get; private set; }

    public UnixFileMode FileMode => place().FileMode;

    /// <summary>
    /// Makes the directories and takes the writer's lock, once; looks again when somebody removed them under the running worker.
    /// </summary>
    /// <exception cref="IOException">The directory can't be used; the message says why.</exception>
    /// <exception cref="ForeignDirectoryException">The directory, or the cache's root, holds what the cache did not make.</exception>
    /// <exception cref="LocksDoNotExcludeException">The file system grants a second exclusive lock: no evidence by lock is worth anything here.</exception>
    public void EnsureOpen()
    {
        if (!_doubted && IsOpen())
        {
            return;
        }

        lock (_opening)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            var isOpen = IsOpen();
            if (isOpen && !_doubted)
            {
                return;
            }

            _doubted = false;
            try
            {
                if (!isOpen)
                {
                    // Before anything else: nothing is made, or taken away, where somebody else's files are.
                    MakeDirectory(place().Root);
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

            if (isOpen)
            {
                MakeDirectory(Path.Combine(Staging, _writerId));
                return;
            }

            _writer?.Dispose();
            _writer = null;

            // Another process's sweeper may hold it for a moment: between the file's making and its lock nobody seems to need it.
            var path = WriterLock(_writerId);
            var writer = TakeLock(Path.GetFileName(path), exclusive: true, OpeningPatience, OperationPulse.Unwatched(CancellationToken.None));
            try
            {
                if (FileSystem.TryLock(path, exclusive: true, FileMode) is { } second)
                {
                    second.Dispose();
                    throw new LocksDoNotExcludeException(Root);
                }

                _writerFacts = FileSystem.Stat(writer.Handle);
                Device = FileSystem.DeviceOf(Root);
                MakeDirectory(Path.Combine(Staging, _writerId));
            }
            catch
            {
                // Kept, it would be the somebody else who holds the lock at every later attempt.
                writer.Dispose();
                throw;
            }

            _writer = writer;
        }
    }

    /// <summary>Something that should be there is not: the next operation looks whether all directories are, since a sweeper of temporary files removes empty ones.</summary>
    public void Doubt() => _doubted = true;

    /// <summary>A fresh name under this writer's staging directory.</summary>
    public string NewStagingPath() => Path.Combine(Staging, _writerId, NextSerial());

    /// <summary>Makes a directory with the configured mode, whatever the umask; existing ones are left as they are.</summary>
    public void MakeDirectory(string path)
    {
        var found = FileSystem.Stat(path);
        if (found is { Kind: FileKind.Directory })
        {
            return;
        }

        // Whoever runs the worker may put the cache or a layer elsewhere by a link. Below that all is the cache's own: through a link there it would
        // sweep, or fill, what is not.
        if (found is not null)
        {
            if ((path == Root || path == place().Root) && Directory.Exists(path))
            {
                return;
            }

            throw new IOException($"'{path}' is a {(found.Value.Kind == FileKind.Regular ? "file" : "link")}; the cache needs a directory there.");
        }

        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(path);
            return;
        }

        // .NET gives the mode only to the last part. Above the cache's directories nothing is the cache's own.
        if (Path.GetDirectoryName(path) is { } parent && IsOwn(parent) && FileSystem.Stat(parent) is not { Kind: FileKind.Directory })
        {
            MakeDirectory(parent);
        }

        // A layer that is made anew under the running worker may be the first thing in a root that is new too, and of another process.
        if (path == Root)
        {
            MakeDirectory(place().Root);
            Claim(place().Root);
        }

        // What is there already stays, first of all the setgid bit, which mkdir(2) takes over from the parent: without it the group's other users are locked out below.
        var mode = place().DirectoryMode;
        Directory.CreateDirectory(path, mode);
        var made = File.GetUnixFileMode(path);
        if ((made & mode) != mode)
        {
            try
            {
                File.SetUnixFileMode(path, made | mode);
            }
            catch (UnauthorizedAccessException)
            {
                // A worker under another user made it at the same moment, and gives it the mode.
            }
        }

        if (StandsIn(path))
        {
            Claim(path);
        }
    }

    /// <summary>Whether this is one of the directories that must bear the cache's marker for this layer to work: the root, and where the layer may lie elsewhere its own.</summary>
    public bool StandsIn(string directory) => directory == place().Root || (directory == Root && OwnNames.IsLayer(Name));

    /// <summary>
    /// Makes sure that the layer's directories bear the marker; makes it again where somebody took it away under the running worker, because the next one
    /// would refuse the directory.
    /// </summary>
    /// <exception cref="ForeignDirectoryException">One of them is somebody else's.</exception>
    public void KeepMarkers()
    {
        Claim(place().Root);
        if (StandsIn(Root))
        {
            Claim(Root);
        }
    }

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
        LockWait.For(() => TryLock(lockName, exclusive), patience, pulse) ?? throw new IOException($"'{lockName}' is locked by somebody else for more than {patience}.");

    public FileLock? TryLock(string lockName, bool exclusive) =>
        FileSystem.TryLock(Path.Combine(Locks, lockName), exclusive, FileMode);

    /// <summary>
    /// Moves a file or directory out of reach in one step; the space is freed by whoever empties the trash. What cannot be moved is deleted where it is:
    /// whoever calls this holds the lock that keeps others from it.
    /// </summary>
    /// <returns>Where it is now, or was deleted; <see langword="null"/> where there was nothing.</returns>
    public string? MoveToTrash(string path) => MoveAside(path, Trash);

    public string? MoveToQuarantine(string path) => MoveAside(path, Quarantine) is { } kept && kept != path ? kept : null;

    /// <summary>Whether the writer with this id is alive: its lock can't be taken.</summary>
    public bool IsAlive(string writerId, out FileLock? proofOfDeath)
    {
        proofOfDeath = null;
        if (writerId == _writerId)
        {
            return true;
        }

        proofOfDeath = FileSystem.TryLock(WriterLock(writerId), exclusive: true, FileMode);
        return proofOfDeath is null;
    }

    /// <summary>
    /// Takes away what dead writers left, by the proof of their locks: what they had in the making, and the locks. For a directory without entries;
    /// those with entries have a sweeper that knows more.
    /// </summary>
    public void SweepDeadWriters(OperationPulse pulse)
    {
        if (!IsOwnDirectory(Staging) || !IsOwnDirectory(Locks))
        {
            return;
        }

        var locked = Directory.EnumerateFiles(Locks).Select(static path => OwnNames.WriterOfLock(Path.GetFileName(path))).OfType<string>();
        var staging = Directory.EnumerateDirectories(Staging).Select(static path => Path.GetFileName(path)).Where(OwnNames.IsWriter);
        foreach (var writer in staging.Union(locked).ToList())
        {
            pulse.Beat();
            if (IsAlive(writer, out var proofOfDeath))
            {
                continue;
            }

            using (proofOfDeath)
            {
                var staged = Path.Combine(Staging, writer);
                if (FileSystem.Stat(staged) is { Kind: FileKind.Directory })
                {
                    TreeRemoval.Delete(staged, pulse);
                }

                proofOfDeath!.DeleteAndDispose();
            }
        }
    }

    public void Dispose()
    {
        lock (_opening)
        {
            _disposed = true;
            if (_writer is null)
            {
                return;
            }

            try
            {
                Directory.Delete(Path.Combine(Staging, _writerId));
                _writer.DeleteAndDispose();
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                // Not empty or gone: the sweeper of another process finds it by the free lock.
            }
            finally
            {
                _writer.Dispose();
            }
        }
    }

    private string WriterLock(string writerId) => Path.Combine(Locks, OwnNames.WriterLock + writerId);

    private bool IsOpen() =>
        Volatile.Read(ref _writer) is { } writer
        && FileSystem.Stat(writer.Path) is { } named
        && named.Inode == _writerFacts.Inode
        && named.Device == _writerFacts.Device;

    private bool IsOwn(string path) => IsAtOrBelow(path, place().Root) || IsAtOrBelow(path, Root);

    private static bool IsAtOrBelow(string path, string root) => path == root || path.StartsWith(root + Path.DirectorySeparatorChar, StringComparison.Ordinal);

    private void Claim(string path)
    {
        // Where a link leads to is what has to be the cache's.
        (ulong Device, ulong Inode, long Born)? found = FileSystem.Stat(Path.Combine(path, ".")) is { Inode: not 0 } facts ? (facts.Device, facts.Inode, facts.BornNanoseconds) : null;
        // Or it was removed as a whole under this worker, and an operation that was under way made a part of it again, without the marker.
        var isKnown = found is not null && _claimed.TryGetValue(path, out var known)
            && (known == found || Directory.EnumerateFileSystemEntries(path).Select(Path.GetFileName).All(static name => OwnNames.IsAtTop(name!) || OwnNames.MayBeInEmptyDirectory(name!)));
        DirectoryMarker.Claim(FileSystem, path, path == Root ? Name : DirectoryMarker.Root, FileMode, isKnown);
        if (found is { } own)
        {
            _claimed[path] = own;
        }
    }

    private string? MoveAside(string path, string directory)
    {
        if (!IsOwnDirectory(directory))
        {
            MakeDirectory(directory);
        }

        var destination = Path.Combine(directory, $"{Path.GetFileName(path)}.{_writerId[..OwnNames.ShortWriter]}.{NextSerial()}");
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
                File.Delete(manifest);
            }

            TreeRemoval.Delete(path, OperationPulse.Unwatched(CancellationToken.None));
            return path;
        }
    }

    private string NextSerial() => Interlocked.Increment(ref _serial).ToString(CultureInfo.InvariantCulture);
}
