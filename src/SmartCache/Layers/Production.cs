using SmartCache.Storage;
using SmartCache.Storage.Platform;

namespace SmartCache.Layers;

/// <summary>
/// The right to produce one key. While it is held and its stage lives, waiting workers see that; disposing it lets the next one look.
/// It is handed from the stage to the background save, so that waiters find the entry when they wake.
/// </summary>
internal sealed class Production : IDisposable
{
    /// <summary>Files may be stamped by a clock that counts in seconds, and by the kernel's last tick.</summary>
    private static readonly TimeSpan StampTolerance = TimeSpan.FromSeconds(2);

    private readonly LayerAccess? _layer;
    private readonly ITimer? _timer;
    private FileLock? _lock;
    private OutputGrowth? _output;
    private int _moved;
    private long _signs;
    private int _due;

    public Production(LayerAccess layer, FileLock hold, bool waited)
    {
        _layer = layer;
        _lock = hold;
        Waited = waited;
        IsLocked = true;
        var interval = TimeSpan.FromTicks(Math.Clamp(layer.Settings.Current.LockTimeout.Ticks / 5, TimeSpan.TicksPerMillisecond * 100, TimeSpan.TicksPerSecond * 10));
        try
        {
            _timer = layer.Time.CreateTimer(static production => ((Production)production!).ShowLife(), this, interval, interval);
        }
        catch
        {
            hold.DeleteAndDispose();
            throw;
        }
    }

    private Production(bool waited) => Waited = waited;

    /// <summary>Whether another producer was waited for.</summary>
    public bool Waited { get; }

    /// <summary>What finding something is, under this: a hit, or another one's work.</summary>
    public CacheOutcome OutcomeOfFinding => Waited ? CacheOutcome.Joined : CacheOutcome.Hit;

    /// <summary>How many signs of life were seen so far; another number after each.</summary>
    public long Signs => Interlocked.Read(ref _signs);

    /// <summary>Whether a save has it, and gives it back at its end.</summary>
    public bool IsSaving { get; private set; }

    /// <summary>Whether nobody else produces the key as long as this is held.</summary>
    public bool IsLocked { get; }

    /// <summary>Work without the lock: it could not be had, and correctness does not rest on it.</summary>
    public static Production WithoutLock(bool waited) => new(waited);

    /// <summary>Shows those who wait that no job has asked for this: by a byte in the lock file.</summary>
    public void MarkAhead()
    {
        if (Volatile.Read(ref _lock) is { } hold)
        {
            RandomAccess.Write(hold.Handle, "a"u8, 0);
        }
    }

    /// <summary>Wraps a stage's progress: each report is a sign of life.</summary>
    public IProgress<StageProgress> Observe(IProgress<StageProgress>? inner) => new ProgressObserver(this, inner);

    /// <summary>The file or directory that grows while the stage works: growth is a sign of life for stages that report nothing.</summary>
    public void Watch(string output)
    {
        if (_layer is { Files: var files })
        {
            Volatile.Write(ref _output, new OutputGrowth(files, output, TimeProvider.System.GetUtcNow() - StampTolerance));
        }
    }

    /// <summary>From here on no growth is a sign of life.</summary>
    public void StopWatching() => Volatile.Write(ref _output, null);

    /// <summary>
    /// The stage is done and its result is being saved: alive as long as bytes of it are hashed, copied or flushed. A save that hangs is waited for no longer
    /// than a stage that does.
    /// </summary>
    public void StartSaving(StagedEntry? staged)
    {
        IsSaving = true;
        NoteMove();
        if (staged is not null)
        {
            Watch(staged);
        }
    }

    /// <summary>Bytes of it that are hashed, copied or flushed are a sign of life.</summary>
    public void Watch(StagedEntry staged) => staged.Moved = NoteMove;

    /// <summary>Shows life.</summary>
    public void NoteMove() => Volatile.Write(ref _moved, 1);

    public void Dispose()
    {
        try
        {
            _timer?.Dispose();
        }
        finally
        {
            DeleteLock();
        }
    }

    private void DeleteLock()
    {
        try
        {
            Interlocked.Exchange(ref _lock, null)?.DeleteAndDispose();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // The lock file could not be deleted. The lock itself went with the handle.
        }
    }

    // On a timer and behind the boundary: a hung disk must not hang the stage's progress reports. One at a time; what falls due meanwhile is done once afterwards.
    private void ShowLife()
    {
        if (Interlocked.Increment(ref _due) == 1)
        {
            _ = TouchAsync();
        }
    }

    private async Task TouchAsync()
    {
        int served;
        do
        {
            served = Volatile.Read(ref _due);
            await _layer!.Boundary.AttemptAsync("sign of life", false, Touch, CancellationToken.None).ConfigureAwait(false);
        }
        while (Interlocked.Add(ref _due, -served) > 0);
    }

    private bool Touch(OperationPulse pulse)
    {
        var grown = Volatile.Read(ref _output)?.HasGrown(pulse) == true;
        if (Interlocked.Exchange(ref _moved, 0) == 0 && !grown)
        {
            return false;
        }

        Interlocked.Increment(ref _signs);
        if (Volatile.Read(ref _lock) is { } hold)
        {
            _layer!.Directory.FileSystem.Touch(hold.Path, _layer.Time.GetUtcNow());
        }

        return true;
    }

    private sealed class ProgressObserver(Production production, IProgress<StageProgress>? inner) : IProgress<StageProgress>
    {
        public void Report(StageProgress value)
        {
            production.NoteMove();
            inner?.Report(value);
        }
    }
}
