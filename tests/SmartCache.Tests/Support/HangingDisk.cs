using Microsoft.Win32.SafeHandles;
using SmartCache.Storage.Platform;

namespace SmartCache.Tests.Support;

/// <summary>
/// The cache's disk, on which from a moment on nothing comes back: no look, no open, no lock. The threads that ask it wait until it is disposed of.
/// The worker's files lie on another one.
/// </summary>
internal sealed class HangingDisk : ForwardingFileSystem, IDisposable
{
    private readonly ManualResetEventSlim _answers = new(true);
    private int _asked;
    private int _waiting;

    /// <summary>How often it was asked since it hangs.</summary>
    public int Asked => Volatile.Read(ref _asked);

    /// <summary>How many threads wait for it now.</summary>
    public int Waiting => Volatile.Read(ref _waiting);

    public void Hang() => _answers.Reset();

    public override FileLock? TryLock(string path, bool exclusive, UnixFileMode mode) => Wait(path).TryLock(path, exclusive, mode);

    public override SafeFileHandle OpenRead(string path) => Wait(path).OpenRead(path);

    public override SafeFileHandle OpenAppend(string path, UnixFileMode mode) => Wait(path).OpenAppend(path, mode);

    public override SafeFileHandle CreateNew(string path, UnixFileMode? mode) => Wait(path).CreateNew(path, mode);

    public override FileFacts? Stat(string path) => Wait(path).Stat(path) is { } facts ? Elsewhere(facts) : null;

    public override FileFacts Stat(SafeFileHandle handle) => Elsewhere(Real.Stat(handle));

    public override DiskFacts Disk(string directory) => Wait(directory).Disk(directory);

    public override DiskKind KindOfDisk(string directory) => Wait(directory).KindOfDisk(directory);

    public void Answer() => _answers.Set();

    public void Dispose() => Answer();

    private bool Hangs => !_answers.IsSet;

    private FileFacts Elsewhere(FileFacts facts) => facts with { Device = facts.Device + (Hangs ? 1UL : 0) };

    private FileSystem Wait(string path)
    {
        if (Hangs && IsTheCaches(path))
        {
            Interlocked.Increment(ref _asked);
            Interlocked.Increment(ref _waiting);
            _answers.Wait();
            Interlocked.Decrement(ref _waiting);
        }

        return Real;
    }

    private static bool IsTheCaches(string path) => (path + Path.DirectorySeparatorChar).Contains("/cache/", StringComparison.Ordinal);
}
