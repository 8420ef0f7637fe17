using SmartCache.Abstractions;
using SmartCache.Configuration;
using SmartCache.Diagnostics;
using SmartCache.Storage;
using SmartCache.Storage.Platform;

namespace SmartCache.Layers;

/// <summary>
/// The border between one layer of the cache and the job: the one place where every fault of the cache becomes a fallback value (a miss)
/// and a line in the log. Nothing that fails or hangs behind it reaches a job.
/// </summary>
/// <param name="name">The layer's name, for the log and the meter.</param>
/// <param name="layer">The layer that is opened first; <see langword="null"/> where an operation touches nothing of the cache's, only the worker's files.</param>
/// <param name="files">The file system.</param>
/// <param name="settings">Limits.</param>
/// <param name="faults">Is told what failed.</param>
/// <param name="time">The clock.</param>
internal sealed class CacheBoundary(string name, LayerDirectory? layer, FileSystem files, ICacheSettingsSource settings, FaultLog faults, TimeProvider time)
{
    private const int TimeoutsBeforeRest = 3;

    private readonly OperationSlots _slots = new(time);

    // Apart from the operations: what they hold must not depend on them.
    private readonly OperationSlots _releases = new(time);

    // Whoever blocks its thread for a place must not wait for those who may be waiting for that thread.
    private readonly OperationSlots _blocking = new(time);

    /// <summary>Each operation that was given up holds a thread until its disk comes back. A disk that hangs all night must not collect as many as the process may have.</summary>
    private const int MostStuck = 8;

    private static readonly TimeSpan RestTime = TimeSpan.FromSeconds(60);

    public CacheBoundary(LayerDirectory layer, ICacheSettingsSource settings, FaultLog faults, TimeProvider time)
        : this(layer.Name, layer, layer.FileSystem, settings, faults, time)
    {
    }

    private int _timeouts;
    private long _restingSince;
    private int _resting;
    private int _stuck;

    /// <summary>Why the layer could not be used just now, for the log line of the stage; <see langword="null"/> when it could.</summary>
    public Reason? Unavailable => IsDisabled ? CacheReason.Disabled : faults.Refusals.Any ? CacheReason.ForeignDirectory : IsResting ? CacheReason.Resting : (Reason?)null;

    /// <summary>Whether somebody has switched the whole cache off by a file.</summary>
    public bool IsDisabled => faults.IsDisabled;

    /// <summary>Whether an operation that was given up has not come back yet: the disk hangs.</summary>
    public bool Hangs => Volatile.Read(ref _stuck) > 0;

    private bool IsResting
    {
        get
        {
            if (Volatile.Read(ref _stuck) >= MostStuck)
            {
                return true;
            }

            if (Volatile.Read(ref _resting) == 0)
            {
                return false;
            }

            if (time.GetElapsedTime(Interlocked.Read(ref _restingSince)) < RestTime)
            {
                return true;
            }

            Volatile.Write(ref _resting, 0);
            return false;
        }
    }

    /// <summary>Notes a fault of something that runs outside an operation, between several of them.</summary>
    public void Report(string operation, Exception exception) => faults.Report(name, operation, exception);

    /// <summary>
    /// Runs one operation of the cache on the thread pool. Gives <paramref name="fallback"/> when the layer is unavailable, when the operation
    /// throws, and when it shows no progress for <c>OperationTimeout</c>; a result that arrives later is disposed of.
    /// </summary>
    /// <exception cref="OperationCanceledException">Only when <paramref name="cancellationToken"/> was cancelled.</exception>
    public async ValueTask<T> AttemptAsync<T>(string operation, T fallback, Func<OperationPulse, T> work, CancellationToken cancellationToken) =>
        (T)(await RunAsync(new BoundaryOperation(operation, pulse => work(pulse)) { Fallback = fallback }, cancellationToken).ConfigureAwait(false))!;

    /// <summary>The same for an operation that may go on for minutes: each time another <c>OperationTimeout</c> has passed and it moved, the job is told, by the operation's name.</summary>
    /// <exception cref="OperationCanceledException">Only when <paramref name="cancellationToken"/> was cancelled.</exception>
    public async ValueTask<T> AttemptAsync<T>(
        string operation, T fallback, Func<OperationPulse, T> work, IProgress<StageProgress>? progress, CancellationToken cancellationToken) =>
        (T)(await RunAsync(new BoundaryOperation(operation, pulse => work(pulse)) { Fallback = fallback, Progress = progress }, cancellationToken).ConfigureAwait(false))!;

    /// <summary>The same for an operation whose caller says why there is nothing.</summary>
    /// <param name="operation">Its name.</param>
    /// <param name="otherwise">What stands for a result, from the reason why there is none.</param>
    /// <param name="work">The operation.</param>
    /// <param name="progress">Is told of one that goes on for long.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="OperationCanceledException">Only when <paramref name="cancellationToken"/> was cancelled.</exception>
    public async ValueTask<T> AttemptOrSayAsync<T>(
        string operation, Func<Reason, T> otherwise, Func<OperationPulse, T> work, IProgress<StageProgress>? progress, CancellationToken cancellationToken)
        where T : class? =>
        (T)(await RunAsync(new BoundaryOperation(operation, pulse => work(pulse)) { Explain = otherwise, Progress = progress }, cancellationToken).ConfigureAwait(false))!;

    /// <summary>
    /// The same for a caller that cannot await it. It blocks its thread, and such callers may hold all threads of the pool: neither the operation nor its time limit
    /// needs one.
    /// </summary>
    public T AttemptOrSay<T>(string operation, Func<Reason, T> otherwise, Func<OperationPulse, T> work)
        where T : class? =>
        (T)RunAsync(new BoundaryOperation(operation, pulse => work(pulse)) { Explain = otherwise, Blocks = true }, CancellationToken.None).AsTask().GetAwaiter().GetResult()!;

    /// <summary>
    /// Gives back locks, leases and staging at the end of something that a job waits for. That touches the disk, so the wait ends with
    /// <c>OperationTimeout</c>; where the disk hangs, the rest is done when it comes back.
    /// </summary>
    public async ValueTask ReleaseAsync(params IDisposable?[] held)
    {
        if (Array.TrueForAll(held, static one => one is null or Production { IsLocked: false }))
        {
            // Nothing of the disk's: while it hangs, the job does not wait in line behind those that have something.
            return;
        }

        var released = ReleaseInTurnAsync(held);
        if (!released.IsCompletedSuccessfully)
        {
            await released.WaitAsync(settings.Current.OperationTimeout, time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task ReleaseInTurnAsync(IDisposable?[] held)
    {
        await _releases.EnterAsync(Timeout.InfiniteTimeSpan, CancellationToken.None).ConfigureAwait(false);
        try
        {
            await Task.Run(() =>
            {
                _releases.Begin();
                Release(held);
            }).ConfigureAwait(false);
        }
        finally
        {
            _releases.Leave();
        }
    }

    /// <summary>Gives back each of these, whatever the others throw: a lock that stays behind stops other workers for ever. What was thrown is a fault.</summary>
    private void Release(IDisposable?[] held)
    {
        Exception? fault = null;
        foreach (var one in held)
        {
            try
            {
                one?.Dispose();
            }
            catch (Exception exception)
            {
                fault ??= exception;
            }
        }

        if (fault is not null)
        {
            Report("release", fault);
        }
    }

    // Not generic, although it boxes: the compiler makes this method, its tasks and their continuations anew for every struct that an operation
    // gives, a hundred methods in a process's first job.
    private async ValueTask<object?> RunAsync(BoundaryOperation operation, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (IsResting)
        {
            return operation.Otherwise(CacheReason.Resting);
        }

        var slots = operation.Blocks ? _blocking : _slots;
        try
        {
            await EnterAsync(slots, operation.Blocks, cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException hung)
        {
            NoteFault(operation.Name, hung);
            return operation.Otherwise(FaultReasons.Of(operation.Name, hung));
        }

        var pulse = new OperationPulse(time, cancellationToken, slots);
        var running = Start(operation, pulse);
        try
        {
            while (true)
            {
                var patience = PatienceFor(running, pulse);
                try
                {
                    var result = operation.Blocks ? Wait(running, patience) : await running.WaitAsync(patience, time, cancellationToken).ConfigureAwait(false);
                    NoteEnd(operation);
                    return result;
                }
                catch (TimeoutException) when (!running.IsFaulted)
                {
                    // Waited for the full patience; the pulse says whether the operation moved meanwhile. A watchdog that sees no progress kills the job.
                    if (pulse.Idle < settings.Current.OperationTimeout)
                    {
                        operation.Progress.Tell(new StageProgress(operation.Name));
                    }
                }
            }
        }
        catch (Exception) when (cancellationToken.IsCancellationRequested)
        {
            Discard(running, pulse);
            _ = CountOnceSilentAsync(running, pulse);
            throw new OperationCanceledException(cancellationToken);
        }
        catch (Exception exception)
        {
            Discard(running, pulse);

            // A layer that cannot be opened fails every operation in the same way: one fault, not one for each.
            NoteFault(operation.Step, exception);
            return operation.Otherwise(FaultReasons.Of(operation.Step, exception));
        }
    }

    private ValueTask EnterAsync(OperationSlots slots, bool blocks, CancellationToken cancellationToken)
    {
        if (!blocks)
        {
            return slots.EnterAsync(settings.Current.OperationTimeout, cancellationToken);
        }

        slots.Enter(settings.Current.OperationTimeout);
        return ValueTask.CompletedTask;
    }

    private Task<object?> Start(BoundaryOperation operation, OperationPulse pulse)
    {
        Func<object?> run = () => Run(operation, pulse);
        return operation.Blocks
            ? Task.Factory.StartNew(run, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default)
            : Task.Run(run, CancellationToken.None);
    }

    private object? Run(BoundaryOperation operation, OperationPulse pulse)
    {
        pulse.Begin();
        try
        {
            // It may have waited, for its place or for a thread.
            if (IsResting || !pulse.IsWanted)
            {
                return operation.Otherwise(CacheReason.Resting);
            }

            // Behind the time limit too: on a hung disk even this look would not come back.
            var isDisabled = faults.IsDisabled = files.FileExists(Path.Combine(settings.Current.Root, "DISABLED"));
            if (isDisabled || (layer is null ? faults.Refusals.Any : faults.Refusals.Stop(layer)))
            {
                return operation.Otherwise(isDisabled ? CacheReason.Disabled : CacheReason.ForeignDirectory);
            }

            if (layer is not null)
            {
                layer.EnsureOpen();
                if (faults.Refusals.Any)
                {
                    // One that is open does not look by itself; nor does one that another layer found to be somebody else's.
                    layer.KeepMarkers();
                    faults.Refusals.Opened(layer);
                }
            }

            operation.Step = operation.Name;
            return operation.Work(pulse);
        }
        finally
        {
            pulse.LeaveSlot();
        }
    }

    /// <exception cref="TimeoutException">There is none left.</exception>
    private TimeSpan PatienceFor(Task running, OperationPulse pulse)
    {
        var patience = settings.Current.OperationTimeout - pulse.Idle;
        if (running.IsCompleted)
        {
            // It may have ended in the very moment in which its time was over.
            return Timeout.InfiniteTimeSpan;
        }

        if (patience <= TimeSpan.Zero)
        {
            CountUntilItEnds(running);
            throw new TimeoutException($"No progress for {settings.Current.OperationTimeout}.");
        }

        return patience;
    }

    private void NoteEnd(BoundaryOperation operation)
    {
        // Not where it only found the layer disabled or at rest.
        if (operation.Step == operation.Name)
        {
            Volatile.Write(ref _timeouts, 0);
            faults.Succeeded(name, operation.Name);
        }
    }

    // By the system's clock: a timer would fire on the pool.
    private static object? Wait(Task<object?> running, TimeSpan patience) =>
        Task.WaitAny([running], patience) < 0 ? throw new TimeoutException() : running.GetAwaiter().GetResult();

    private void NoteFault(string step, Exception exception)
    {
        if (exception is TimeoutException && Interlocked.Increment(ref _timeouts) >= TimeoutsBeforeRest)
        {
            Volatile.Write(ref _timeouts, 0);
            Interlocked.Exchange(ref _restingSince, time.GetTimestamp());
            Volatile.Write(ref _resting, 1);
            faults.Rests(name);
        }

        if (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            layer?.Doubt();
        }

        faults.Report(name, step, exception);
    }

    /// <summary>What still runs holds its thread, also where its caller has gone: it counts as soon as it has been silent for as long as a caller would have waited.</summary>
    private async Task CountOnceSilentAsync(Task running, OperationPulse pulse)
    {
        while (!running.IsCompleted)
        {
            var patience = settings.Current.OperationTimeout - pulse.Idle;
            if (patience <= TimeSpan.Zero)
            {
                CountUntilItEnds(running);
                return;
            }

            await running.WaitAsync(patience, time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private void CountUntilItEnds(Task running)
    {
        Interlocked.Increment(ref _stuck);
        _ = running.ContinueWith(
            static (_, boundary) => Interlocked.Decrement(ref ((CacheBoundary)boundary!)._stuck),
            this,
            CancellationToken.None,
            TaskContinuationOptions.ExecuteSynchronously,
            TaskScheduler.Default);
    }

    private static void Discard(Task<object?> running, OperationPulse pulse)
    {
        pulse.Abandon();
        _ = running.ContinueWith(
            static late =>
            {
                // Reading the exception marks it as observed.
                if (late.Exception is null && late.IsCompletedSuccessfully)
                {
                    (late.Result as IDisposable)?.Dispose();
                }
            },
            CancellationToken.None,
            TaskContinuationOptions.ExecuteSynchronously,
            TaskScheduler.Default);
    }
}
