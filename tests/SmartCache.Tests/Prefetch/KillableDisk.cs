using Microsoft.Win32.SafeHandles;
using SmartCache.Storage.Platform;
using SmartCache.Tests.Support;

namespace SmartCache.Tests.Prefetch;

/// <summary>The disk as one process sees it until it is killed: from then on that process does nothing more to it, and the system has released its locks.</summary>
internal sealed class KillableDisk : ForwardingFileSystem
{
    private readonly Lock _gate = new();
    private readonly List<FileLock> _locks = [];
    private volatile bool _isDead;

    public void Kill()
    {
        lock (_gate)
        {
            _isDead = true;
            _locks.ForEach(static held => held.Dispose());
        }
    }

    public override FileLock? TryLock(string path, bool exclusive, UnixFileMode mode)
    {
        lock (_gate)
        {
            Live();
            var held = base.TryLock(path, exclusive, mode);
            if (held is not null)
            {
                _locks.Add(held);
            }

            return held;
        }
    }

    public override SafeFileHandle CreateNew(string path, UnixFileMode? mode) => Live() ? base.CreateNew(path, mode) : null!;

    public override SafeFileHandle OpenRead(string path) => Live() ? base.OpenRead(path) : null!;

    public override SafeFileHandle OpenAppend(string path, UnixFileMode mode) => Live() ? base.OpenAppend(path, mode) : null!;

    public override bool TryLink(string existing, string link) => Live() && base.TryLink(existing, link);

    public override bool TryRenameNoReplace(string source, string destination) => Live() && base.TryRenameNoReplace(source, destination);

    public override void Replace(string source, string destination)
    {
        Live();
        base.Replace(source, destination);
    }

    public override void Delete(string path)
    {
        Live();
        base.Delete(path);
    }

    public override void DeleteDirectory(string path, bool recursive = false)
    {
        Live();
        base.DeleteDirectory(path, recursive);
    }

    public override void SetModified(string path, DateTimeOffset time)
    {
        Live();
        base.SetModified(path, time);
    }

    private bool Live() => _isDead ? throw new IOException("killed") : true;
}
