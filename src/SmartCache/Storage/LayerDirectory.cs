using System.Globalization;
using System.Text;
using SmartCache.Configuration;
using SmartCache.Storage.Platform;

namespace SmartCache.Storage;

/// <summary>
/// One layer's directory with what every layer has: <c>locks/</c>, <c>staging/</c>, <c>trash/</c>, <c>quarantine/</c>.
/// Everything that exists only while a writer lives lies under that writer's id; its lock, held as long as the process lives,
/// is the proof that it is alive. A process id would prove nothing: two containers have the same ones.
/// </summary>
internal sealed class LayerDirectory(string name, string root, ICacheSettingsSource settings, FileSystem? fileSystem = null) : IDisposable
{
    private const int MaxShownName = 200;
    private const string WriterPrefix = "writer-";

    private readonly Lock _opening = new();
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

    public UnixFileMode FileMode => settings.Current.FileMode;

    /// <summary>
    /// Makes the directories and takes the writer's lock, once; looks again when somebody removed them under the running worker.
    /// </summary>
    /// <exception cref="IOException">The directory can't be used; the message says why.</exception>
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
                foreach (var directory in (ReadOnlySpan<string>)[Root, Locks, Staging, Trash, Quarantine])
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

            var path = WriterLock(_writerId);
            var writer = FileSystem.TryLock(path, exclusive: true, FileMode) ?? throw new IOException("The writer's own lock is held by somebody else.");
            try
            {
                if (FileSystem.TryLock(path, exclusive: true, FileMode) is { } second)
                {
                    second.Dispose();
                    throw new LocksDoNotExcludeException(Root);
                }

                _writerFacts = FileSystem.Stat(writer.Handle);
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
        if (found is not null && !((path == Root || path == settings.Current.Root) && Directory.Exists(path)))
        {
            throw new IOException($"'{path}' is a {(found.Value.Kind == FileKind.Regular ? "file" : "link")}; the cache needs a directory there.");
        }

        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(path);
            return;
        }

        // .NET gives the mode only to the last part. Above the cache's root the directories are not the cache's own.
        if (Path.GetDirectoryName(path) is { } parent && IsOwn(parent) && FileSystem.Stat(parent) is not { Kind: FileKind.Directory })
        {
            MakeDirectory(parent);
        }

        var mode = settings.Current.DirectoryMode;
        Directory.CreateDirectory(path, mode);
        if ((File.GetUnixFileMode(path) & mode) != mode)
        {
            File.SetUnixFileMode(path, mode);
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

    public FileLock? TryLock(string lockName, bool exclusive) =>
        FileSystem.TryLock(Path.Combine(Locks, lockName), exclusive, FileMode);

    /// <summary>Moves a file or directory out of reach in one step; the space is freed by whoever empties the trash.</summary>
    /// <returns>Where it is now, or <see langword="null"/> where there was nothing.</returns>
    public string? MoveToTrash(string path) => MoveAside(path, Trash);

    public string? MoveToQuarantine(string path) => MoveAside(path, Quarantine);

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

        var locked = Directory.EnumerateFiles(Locks, WriterPrefix + "*").Select(static path => Path.GetFileName(path)[WriterPrefix.Length..]);
        var staging = Directory.EnumerateDirectories(Staging).Select(static path => Path.GetFileName(path));
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
                _writer.Dispose();
            }
        }
    }

    private string WriterLock(string writerId) => Path.Combine(Locks, WriterPrefix + writerId);

    private bool IsOpen() =>
        Volatile.Read(ref _writer) is { } writer
        && FileSystem.Stat(writer.Path) is { } named
        && named.Inode == _writerFacts.Inode
        && named.Device == _writerFacts.Device;

    private bool IsOwn(string path) => path == settings.Current.Root || path.StartsWith(settings.Current.Root + Path.DirectorySeparatorChar, StringComparison.Ordinal);

    private string? MoveAside(string path, string directory)
    {
        if (!IsOwnDirectory(directory))
        {
            MakeDirectory(directory);
        }

        // A name that somebody made as long as names may be has no room for more.
        var name = Path.GetFileName(path);
        var shown = Encoding.UTF8.GetByteCount(name) <= MaxShownName ? name : "long";
        var destination = Path.Combine(directory, $"{shown}.{_writerId[..8]}.{NextSerial()}");
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
    }

    private string NextSerial() => Interlocked.Increment(ref _serial).ToString(CultureInfo.InvariantCulture);
}
