using SmartCache.Layers;
using SmartCache.Storage;

namespace SmartCache.Remote;

/// <summary>
/// Sends what is owed, off every job's path: one run at a time in a process, and one process at a time for an entry. A run ends when nothing is left or the store fails;
/// what is left stays in the outbox, for the next run of whatever process.
/// </summary>
internal sealed class Sender : IDisposable
{
    /// <summary>So large that one question first costs less than sending in vain.</summary>
    private const long AskFirst = 64 << 20;

    private readonly RemoteLink _link;
    private readonly Outbox _outbox;
    private readonly IReadOnlyList<EntryLayer> _layers;
    private readonly HandleBudget _handles;
    private readonly BackgroundSaves _saves;
    private readonly Pace _pace;
    private readonly RemoteKeys _keys;
    private readonly RemoteRemoval _removal;
    private readonly Lock _gate = new();
    private ITimer? _later;
    private bool _mayOwe = true;
    private bool _isRunning;
    private bool _isAsked;
    private bool _saidFull;
    private bool _disposed;

    public Sender(RemoteLink link, Outbox outbox, IReadOnlyList<EntryLayer> layers, HandleBudget handles, BackgroundSaves saves)
    {
        (_link, _outbox, _layers, _handles, _saves) = (link, outbox, layers, handles, saves);
        _pace = new Pace(() => link.Settings.UploadRate, link.Time);
        _keys = new RemoteKeys(link);
        _removal = new RemoteRemoval(link);
        saves.BeforeFlush(Wake);
    }

    /// <summary>Is told of each entry that was sent, or will not be.</summary>
    public Action<Intent>? Settled { get; set; }

    private LayerAccess Layer => _link.Layer;

    /// <summary>What waits, as the last round saw it.</summary>
    public OwedFigures Owing { get; private set; } = OwedFigures.None;

    /// <summary>Something may be owed.</summary>
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
        var owed = await Layer.Boundary.AttemptAsync("list what is owed", null, _outbox.List, stopping).ConfigureAwait(false);
        if (owed is null)
        {
            return false;
        }

        owed = await DropAsync(owed, stopping).ConfigureAwait(false);
        Owing = OwedFigures.Of(owed);
        var left = 0;
        await Parallel.ForEachAsync(
            owed,
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
        var old = owed.Where(intent => now - intent.At > settings.QueueAge).ToList();
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

        await ForgetAsync(old, "QueueAge", stopping).ConfigureAwait(false);
        await ForgetAsync(many, "QueueSize", stopping).ConfigureAwait(false);
        return [.. kept.Except(many)];
    }

    private async ValueTask ForgetAsync(List<Intent> dropped, string reason, CancellationToken stopping)
    {
        if (dropped.Count == 0)
        {
            return;
        }

        foreach (var intent in dropped)
        {
            await DoneAsync(intent, stopping).ConfigureAwait(false);
        }

        _link.Meter.Remote.Dropped(dropped.Count, reason);
        if (!_saidFull)
        {
            _saidFull = true;
            RemoteLog.Dropped(Layer.Logger, dropped.Count, $"more waited than {reason} allows; said once");
        }
    }

    /// <returns>Whether there is nothing left to do for it.</returns>
    private async ValueTask<bool> ServeAsync(Intent listed, CancellationToken stopping)
    {
        if (await _link.Writes.IsRestingAsync(stopping).ConfigureAwait(false))
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
                return true;
            }

            var isDone = intent.IsRemoval ? await _removal.RunAsync(intent, stopping).ConfigureAwait(false) : await SendAsync(intent, stopping).ConfigureAwait(false);
            if (isDone)
            {
                await DoneAsync(intent, stopping).ConfigureAwait(false);
            }

            return isDone;
        }
        finally
        {
            await Layer.ReleaseAsync(new Turn(taken)).ConfigureAwait(false);
        }
    }

    private async ValueTask DoneAsync(Intent intent, CancellationToken stopping)
    {
        await Layer.Boundary.AttemptAsync(
            "note what was sent",
            false,
            _ =>
            {
                _outbox.Remove(intent);
                return true;
            },
            stopping).ConfigureAwait(false);
        Settled?.Invoke(intent);
    }

    private async ValueTask<bool> SendAsync(Intent intent, CancellationToken stopping)
    {
        if (_link.There.Contains(intent.Object, _link.Settings.MaxAge / 4))
        {
            return await _keys.SendAsync(intent, stopping).ConfigureAwait(false);
        }

        var layer = _layers.First(one => one.Name == intent.Layer);
        var entry = await layer.Boundary.AttemptAsync("open for sending", null, pulse => OpenedEntry.Of(layer, intent.Name, _handles, pulse), stopping).ConfigureAwait(false);
        if (entry is null)
        {
            // Evicted, or removed: there is nothing to send.
            RemoteLog.NotSent(Layer.Logger, intent.Object, "it is no longer in the cache");
            return layer.Boundary.Unavailable is null;
        }

        try
        {
            return await SendAsync(intent, entry, stopping).ConfigureAwait(false) && await _keys.SendAsync(intent, stopping).ConfigureAwait(false);
        }
        finally
        {
            await layer.ReleaseAsync(entry).ConfigureAwait(false);
        }
    }

    private async ValueTask<bool> SendAsync(Intent intent, OpenedEntry entry, CancellationToken stopping)
    {
        var name = _link.NameOf(intent.Object);
        byte[] head;
        try
        {
            head = PackFormat.WriteHead(entry.Manifest.Content);
        }
        catch (InvalidDataException tooLarge)
        {
            RemoteLog.NotSent(Layer.Logger, intent.Object, tooLarge.Message);
            return true;
        }

        var body = new PackBody(head, entry.Files, Layer.Files);
        if (body.Length > AskFirst && await IsThereAsync(name, body.Length, stopping).ConfigureAwait(false))
        {
            _link.There.Note(intent.Object);
            return true;
        }

        var began = Layer.Time.GetTimestamp();
        using var guard = new StallGuard(_link.Settings.StallTimeout, Layer.Time, stopping);
        body.Pace = async (count, token) =>
        {
            guard.Moved(_link.Settings.StallTimeout);
            _link.Meter.Remote.Moved("out", count);
            await _pace.TakeAsync(count, token).ConfigureAwait(false);
            guard.Moved(_link.Settings.StallTimeout);
        };
        var put = await _link.AskAsync<ObjectPut>(
            "put", _link.Writes, guard, async (store, token) => await store.PutAsync(name, body, PutCondition.None, token).ConfigureAwait(false), stopping).ConfigureAwait(false);
        if (put.Result != RemoteResult.Found)
        {
            RemoteLog.NotSent(Layer.Logger, intent.Object, RemoteWords.Of(put.Result));

            // What cannot be read here any more cannot be sent at any time.
            return !IsUnchanged(entry);
        }

        if (!IsUnchanged(entry))
        {
            await _link.AskAsync<string>("delete", _link.Writes, _link.Settings.StallTimeout, (store, token) => DeleteAsync(store, name, put.Value!.Tag, token), stopping).ConfigureAwait(false);
            RemoteLog.NotSent(Layer.Logger, intent.Object, "it changed while it was sent");
            return true;
        }

        _link.Misses.Forget(intent.Object);
        _link.There.Note(intent.Object);
        RemoteLog.Sent(Layer.Logger, intent.Object, body.Length, Layer.Time.GetElapsedTime(began).TotalSeconds);
        return true;
    }

    private static bool IsUnchanged(OpenedEntry entry)
    {
        try
        {
            return entry.IsUnchanged();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    /// <summary>There already, from another host: touched, so that nobody's sweep takes it meanwhile.</summary>
    private async ValueTask<bool> IsThereAsync(string name, long length, CancellationToken stopping)
    {
        var found = await _link.AskAsync("stat", _link.Writes, _link.Settings.LookupTimeout, (store, token) => store.StatAsync(name, token), stopping).ConfigureAwait(false);
        return found.Value is { } there && there.Length == length
            && await _link.TouchAsync(name, stopping).ConfigureAwait(false);
    }

    private static async ValueTask<string?> DeleteAsync(IObjectStore store, string name, string? tag, CancellationToken token)
    {
        await store.DeleteAsync(name, tag, token).ConfigureAwait(false);
        return name;
    }
}
