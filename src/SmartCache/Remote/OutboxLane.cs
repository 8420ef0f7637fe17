using SmartCache.Layers;
using SmartCache.Storage;

namespace SmartCache.Remote;

/// <summary>
/// One kind of what is owed, served off every job's path: one run at a time in a process, and one process at a time for an intent. A run ends when nothing is left or the
/// store fails; what is left stays in the outbox, for the next run of whatever process.
/// </summary>
internal sealed class OutboxLane : IDisposable
{
    private readonly RemoteLink _link;
    private readonly Outbox _outbox;
    private readonly BackgroundSaves _saves;
    private readonly Func<CancellationToken, Task<bool>> _round;
    private readonly Func<TimeSpan?> _soon;
    private readonly Lock _gate = new();
    private ITimer? _later;
    private bool _mayOwe;
    private bool _isRunning;
    private bool _isAsked;
    private bool _disposed;

    /// <param name="link">The store.</param>
    /// <param name="outbox">What is owed.</param>
    /// <param name="saves">Runs it.</param>
    /// <param name="round">Serves all of it once. Says whether nothing is left.</param>
    /// <param name="soon">After which pause the next round is worth while, where that is before <c>RestTime</c>.</param>
    public OutboxLane(RemoteLink link, Outbox outbox, BackgroundSaves saves, Func<CancellationToken, Task<bool>> round, Func<TimeSpan?>? soon = null)
    {
        (_link, _outbox, _saves, _round, _soon) = (link, outbox, saves, round, soon ?? (static () => null));

        // A tool is there for one question: what workers owe is sent by workers, at their limits and their pace, unless the tool itself owes something.
        _mayOwe = IsWorkers;
        saves.BeforeFlush(Wake);
    }

    private LayerAccess Layer => _link.Layer;

    private bool IsWorkers => !Layer.Settings.Current.IsExistingOnly;

    /// <summary>Other processes may have left something, or it may be served by now.</summary>
    public void LookAgain()
    {
        if (IsWorkers)
        {
            Owe();
        }
        else
        {
            Wake();
        }
    }

    /// <summary>This process owes something.</summary>
    public void Owe()
    {
        lock (_gate)
        {
            _mayOwe = true;
        }

        Wake();
    }

    /// <summary>Serves one intent as it is by now, unless another process does.</summary>
    /// <param name="listed">As it was listed.</param>
    /// <param name="serve">Gets it, or nothing where another process was faster. Says whether nothing is left to do for it.</param>
    /// <param name="stopping">Ends it.</param>
    /// <returns>Whether nothing is left to do for it.</returns>
    public async ValueTask<bool> ServeAsync(Intent listed, Func<Intent?, CancellationToken, ValueTask<bool>> serve, CancellationToken stopping)
    {
        // Asked for each: a round may take hours, and the operator switches the tier off now.
        if (!_link.MayWrite || await _link.RestsAsync(_link.Writes, stopping).ConfigureAwait(false))
        {
            return false;
        }

        var taken = await Layer.Boundary.AttemptAsync("take what is owed", null, _ => _outbox.TryTake(listed), stopping).ConfigureAwait(false);
        if (taken is null)
        {
            // Another process has it.
            return false;
        }

        try
        {
            var intent = await Layer.Boundary.AttemptAsync("take what is owed", null, _ => _outbox.Find(listed.FileName), stopping).ConfigureAwait(false);
            return await serve(intent, stopping).ConfigureAwait(false);
        }
        finally
        {
            await Layer.ReleaseAsync(new Turn(taken)).ConfigureAwait(false);
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _disposed = true;
            _later?.Dispose();
        }
    }

    // Begins a run where something may be owed; one that runs goes round once more.
    private void Wake()
    {
        if (!_link.MayWrite)
        {
            return;
        }

        lock (_gate)
        {
            if (_disposed || !_mayOwe)
            {
                return;
            }

            _later?.Dispose();
            _later = null;
            _isAsked = true;
            if (_isRunning)
            {
                return;
            }

            _isRunning = true;
        }

        _ = _saves.Run(RunAsync);
    }

    private async Task<bool> RunAsync(CancellationToken stopping)
    {
        try
        {
            while (true)
            {
                lock (_gate)
                {
                    _isAsked = false;
                }

                var isEmpty = await _round(stopping).ConfigureAwait(false);
                lock (_gate)
                {
                    if (!_isAsked || stopping.IsCancellationRequested)
                    {
                        _isRunning = false;
                        _mayOwe = !isEmpty;
                        if (!isEmpty && !stopping.IsCancellationRequested)
                        {
                            WakeLater();
                        }

                        return isEmpty;
                    }
                }
            }
        }
        catch (Exception exception)
        {
            if (exception is not OperationCanceledException)
            {
                Layer.Boundary.Report("send", exception);
            }

            lock (_gate)
            {
                _isRunning = false;
                if (!stopping.IsCancellationRequested)
                {
                    WakeLater();
                }
            }

            return false;
        }
    }

    // Inside the gate.
    private void WakeLater()
    {
        if (!_disposed)
        {
            _later?.Dispose();
            _later = Layer.Time.CreateTimer(static lane => ((OutboxLane)lane!).Wake(), this, Later(), Timeout.InfiniteTimeSpan);
        }
    }

    // Jitter, so that the hosts of a pool do not come back in one moment.
    private TimeSpan Later() => _soon() is { } pause && pause < _link.Settings.RestTime ? pause : _link.Settings.RestTime * (0.8 + (0.4 * Random.Shared.NextDouble()));
}
