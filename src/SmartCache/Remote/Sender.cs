using SmartCache.Layers;
using SmartCache.Storage;

namespace SmartCache.Remote;

/// <summary>
/// Sends what is owed, off every job's path: one run at a time in a process, and one process at a time for an entry. A run ends when nothing is left or the store fails;
/// what is left stays in the outbox, for the next run of whatever process.
/// </summary>
internal sealed class Sender : IDisposable
{
    /// <summary>So often an entry is tried that the store refuses. The pauses between double: half an hour in all.</summary>
    private const int MostRefusals = 6;

    private readonly RemoteLink _link;
    private readonly Outbox _outbox;
    private readonly PackSender _packs;
    private readonly OwedWork _work;
    private readonly BackgroundSaves _saves;
    private readonly Setbacks _setbacks;
    private readonly RemoteRemoval _removal;
    private readonly HashSet<string> _saidDropped = new(StringComparer.Ordinal);
    private readonly Lock _gate = new();
    private ITimer? _later;
    private bool _mayOwe;
    private bool _isRunning;
    private bool _isAsked;
    private bool _disposed;

    public Sender(RemoteLink link, Outbox outbox, PackSender packs, OwedWork work, BackgroundSaves saves)
    {
        (_link, _outbox, _packs, _work, _saves) = (link, outbox, packs, work, saves);
        _setbacks = new Setbacks(link.Time);
        _removal = new RemoteRemoval(link);

        // A tool is there for one question: what workers owe is sent by workers, at their limits and their pace, unless the tool itself owes something.
        _mayOwe = IsWorkers;
        saves.BeforeFlush(Wake);
    }

    private LayerAccess Layer => _link.Layer;

    /// <summary>What waits, as the last round saw it.</summary>
    public OwedFigures Owing { get; private set; } = OwedFigures.None;

    private bool IsWorkers => !Layer.Settings.Current.IsExistingOnly;

    /// <summary>Other processes may have left something, or it may be sent by now.</summary>
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

    /// <summary>Begins a run where something may be owed; one that runs goes round once more.</summary>
    public void Wake()
    {
        if (!_link.IsUsable || !_link.Settings.Writes)
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

    public void Dispose()
    {
        lock (_gate)
        {
            _disposed = true;
            _later?.Dispose();
        }
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

                var isEmpty = await RoundAsync(stopping).ConfigureAwait(false);
                lock (_gate)
                {
                    if (!_isAsked || stopping.IsCancellationRequested)
                    {
                        _isRunning = false;
                        _mayOwe = !isEmpty;
                        if (!isEmpty && !_disposed && !stopping.IsCancellationRequested)
                        {
                            _later = Layer.Time.CreateTimer(static sender => ((Sender)sender!).Wake(), this, Later(), Timeout.InfiniteTimeSpan);
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
            }

            return false;
        }
    }

    // Jitter, so that the hosts of a pool do not come back in one moment.
    private TimeSpan Later() => _link.Settings.RestTime * (0.8 + (0.4 * Random.Shared.NextDouble()));

    /// <returns>Whether nothing is left.</returns>
    private async Task<bool> RoundAsync(CancellationToken stopping)
    {
        var waited = _work.Names;
        var owed = await Layer.Boundary.AttemptAsync("list what is owed", null, _outbox.List, stopping).ConfigureAwait(false);
        if (owed is null)
        {
            return false;
        }

        _work.SettleAllBut(waited, owed);
        owed = await DropAsync(owed, stopping).ConfigureAwait(false);
        Owing = OwedFigures.Of(owed);

        // What the store has refused comes last, and not before its pause is over: it must not keep the others from being sent.
        var due = owed.Where(intent => _setbacks.IsDue(intent.FileName)).OrderBy(intent => _setbacks.Of(intent.FileName)).ToList();
        var left = owed.Count - due.Count;
        await Parallel.ForEachAsync(
            due,
            new ParallelOptions { MaxDegreeOfParallelism = _link.Settings.Uploads, CancellationToken = stopping },
            async (intent, token) =>
            {
                if (!await ServeAsync(intent, token).ConfigureAwait(false))
                {
                    Interlocked.Increment(ref left);
                }
            }).ConfigureAwait(false);
        if (left == 0)
        {
            Owing = OwedFigures.None;
        }

        return left == 0;
    }

    /// <summary>Gives up what waited too long, and the oldest where too much waits.</summary>
    private async ValueTask<List<Intent>> DropAsync(List<Intent> owed, CancellationToken stopping)
    {
        var now = Layer.Time.GetUtcNow();
        var settings = _link.Settings;

        // A removal is for what must not be given to anybody: it waits as long as there can be something to remove.
        var old = owed.Where(intent => now - intent.At > (intent.IsRemoval ? settings.MaxAge : settings.QueueAge)).ToList();
        var kept = owed.Except(old).ToList();
        var bytes = kept.Sum(static intent => intent.Bytes);
        var many = new List<Intent>();
        foreach (var intent in kept)
        {
            if (bytes <= settings.QueueSize)
            {
                break;
            }

            if (!intent.IsRemoval)
            {
                many.Add(intent);
                bytes -= intent.Bytes;
            }
        }

        await ForgetAsync(old, "QueueAge", "more waited than QueueAge allows", stopping).ConfigureAwait(false);
        await ForgetAsync(many, "QueueSize", "more waited than QueueSize allows", stopping).ConfigureAwait(false);
        return [.. kept.Except(many)];
    }

    private async ValueTask ForgetAsync(List<Intent> dropped, string reason, string text, CancellationToken stopping)
    {
        if (dropped.Count == 0)
        {
            return;
        }

        foreach (var intent in dropped)
        {
            await DoneAsync(intent, stopping).ConfigureAwait(false);
            Layer.Record(new HistoryEvent(HistoryEventKind.SendDropped) { Layer = intent.Layer, Entry = intent.Name, Bytes = intent.Bytes, Operation = reason });
        }

        _link.Meter.Remote.Dropped(dropped.Count, reason);
        bool isNew;
        lock (_gate)
        {
            isNew = _saidDropped.Add(reason);
        }

        if (isNew)
        {
            RemoteLog.Dropped(Layer.Logger, dropped.Count, text + "; said once");
        }
    }

    /// <returns>Whether there is nothing left to do for it.</returns>
    private async ValueTask<bool> ServeAsync(Intent listed, CancellationToken stopping)
    {
        if (await _link.RestsAsync(_link.Writes, stopping).ConfigureAwait(false))
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
            if (intent is null)
            {
                // Another process was faster.
                _work.Settle(listed);
                return true;
            }

            var sent = !intent.IsRemoval ? await _packs.SendAsync(intent, stopping).ConfigureAwait(false)
                : await _removal.RunAsync(intent, stopping).ConfigureAwait(false) ? Sending.Ended : Sending.Later;
            if (sent == Sending.Ended)
            {
                await DoneAsync(intent, stopping).ConfigureAwait(false);
                return true;
            }

            return sent != Sending.Later && await PutOffAsync(intent, sent, stopping).ConfigureAwait(false);
        }
        finally
        {
            await Layer.ReleaseAsync(new Turn(taken)).ConfigureAwait(false);
        }
    }

    /// <returns>Whether it was given up.</returns>
    private async ValueTask<bool> PutOffAsync(Intent intent, Sending sent, CancellationToken stopping)
    {
        var times = _setbacks.Note(intent.FileName, _link.Settings.RestTime);
        if (sent == Sending.NoRoom || times < MostRefusals)
        {
            return false;
        }

        await ForgetAsync([intent], "Refused", "the store refuses what it was to take", stopping).ConfigureAwait(false);
        return true;
    }

    private async ValueTask DoneAsync(Intent intent, CancellationToken stopping)
    {
        await Layer.Boundary.AttemptAsync(
            "note what was sent",
            false,
            pulse =>
            {
                _outbox.Remove(intent, pulse);
                return true;
            },
            stopping).ConfigureAwait(false);
        _setbacks.Forget(intent.FileName);
        _work.Settle(intent);
    }
}
