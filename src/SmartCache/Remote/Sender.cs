using SmartCache.Layers;

namespace SmartCache.Remote;

/// <summary>Sends what is owed. What is to be deleted has a lane of its own, <see cref="Remover"/>, and comes first where both are about one source.</summary>
internal sealed class Sender : IDisposable
{
    /// <summary>So often an entry is tried that the store refuses. The pauses between double: half an hour in all.</summary>
    private const int MostRefusals = 6;

    /// <summary>Before what did not arrive is sent again: one second, then two, up to a minute.</summary>
    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(1);

    private readonly RemoteLink _link;
    private readonly Outbox _outbox;
    private readonly PackSender _packs;
    private readonly OwedWork _work;
    private readonly WayForUploads _way;
    private readonly Setbacks _setbacks;
    private readonly Setbacks _failures;
    private readonly Drops _drops;
    private readonly OutboxLane _lane;
    private readonly Remover _remover;
    private OwedFigures _owing = OwedFigures.None;
    private TimeSpan? _soon;

    public Sender(RemoteLink link, Outbox outbox, PackSender packs, OwedWork work, WayForUploads way, BackgroundSaves saves)
    {
        (_link, _outbox, _packs, _work, _way) = (link, outbox, packs, work, way);
        _setbacks = new Setbacks(link.Time);
        _failures = new Setbacks(link.Time);
        _drops = new Drops(link);
        _lane = new OutboxLane(link, outbox, saves, RoundAsync, () => _soon);
        _remover = new Remover(link, outbox, _drops, saves) { Removed = _lane.LookAgain };
    }

    private LayerAccess Layer => _link.Layer;

    /// <summary>What waits, as the last round saw it.</summary>
    public OwedFigures Owing => _owing.With(_remover.Owing);

    /// <inheritdoc cref="OutboxLane.LookAgain"/>
    public void LookAgain()
    {
        _remover.LookAgain();
        _lane.LookAgain();
    }

    /// <summary>This process owes something.</summary>
    public void Owe(Intent intent)
    {
        if (!intent.IsRemoval)
        {
            _lane.Owe();
            return;
        }

        // What it withdraws is waited for no longer.
        _remover.Owe();
        _lane.LookAgain();
    }

    public void Dispose()
    {
        _lane.Dispose();
        _remover.Dispose();
    }

    /// <returns>Whether nothing is left.</returns>
    private async Task<bool> RoundAsync(CancellationToken stopping)
    {
        var waited = _work.Names;
        var owed = await Layer.Boundary.AttemptAsync("list what is owed", null, _outbox.ListSends, stopping).ConfigureAwait(false);
        if (owed is null)
        {
            return false;
        }

        _work.SettleAllBut(waited, owed);
        owed = await DropAsync(owed, stopping).ConfigureAwait(false);
        _owing = OwedFigures.Of(owed);

        // What the store has refused comes last, and not before its pause is over: it must not keep the others from being sent.
        var due = owed.Where(intent => _setbacks.IsDue(intent.FileName) && _failures.IsDue(intent.FileName)).OrderBy(intent => _setbacks.Of(intent.FileName)).ToList();
        var left = owed.Count - due.Count;
        var madeWay = _way.IsTaken;
        await Parallel.ForEachAsync(
            due,
            new ParallelOptions { MaxDegreeOfParallelism = _link.Settings.Uploads, CancellationToken = stopping },
            async (intent, token) =>
            {
                madeWay |= _way.IsTaken;
                if (madeWay || !await ServeAsync(intent, token).ConfigureAwait(false))
                {
                    Interlocked.Increment(ref left);
                }
            }).ConfigureAwait(false);
        if (left == 0)
        {
            _owing = OwedFigures.None;
        }

        // Not the pauses of what the store refuses: those are longer than the lane's own.
        _soon = madeWay ? WayForUploads.Look : owed.Select(intent => _failures.Left(intent.FileName)).Where(static pause => pause > TimeSpan.Zero).Select(static pause => (TimeSpan?)pause).Min();

        return left == 0;
    }

    /// <returns>Whether nothing is left to do for it.</returns>
    private async ValueTask<bool> ServeAsync(Intent listed, CancellationToken stopping)
    {
        try
        {
            return await _lane.ServeAsync(listed, (now, until) => ServeAsync(listed, now, until), stopping).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            // One that nobody can send must not keep the others from being sent.
            Layer.Boundary.Report("send", exception);
            _failures.Note(listed.FileName, FirstPause);
            return false;
        }
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

            many.Add(intent);
            bytes -= intent.Bytes;
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

        _drops.Say(dropped.Count, reason, text);
    }

    /// <returns>Whether there is nothing left to do for it.</returns>
    private async ValueTask<bool> ServeAsync(Intent listed, Intent? intent, CancellationToken stopping)
    {
        if (intent is null)
        {
            // Another process was faster.
            _work.Settle(listed);
            return true;
        }

        if (intent.IsWithdrawn)
        {
            await DoneAsync(intent, stopping).ConfigureAwait(false);
            return true;
        }

        if (await _outbox.Removals.ContainsAsync(intent.Object, stopping).ConfigureAwait(false))
        {
            // It came after that removal, which would take it away again.
            return false;
        }

        var sent = await _packs.SendAsync(intent, stopping).ConfigureAwait(false);
        if (sent == Sending.Ended)
        {
            await DoneAsync(await TakenBackAsync(intent, stopping).ConfigureAwait(false) ?? intent, stopping).ConfigureAwait(false);
            return true;
        }

        if (sent == Sending.Failed)
        {
            // The store answers small questions and does not take this one: sent again at once, it would fill the line for as long as it is owed.
            _failures.Note(intent.FileName, FirstPause);
            return false;
        }

        return sent != Sending.Later && await PutOffAsync(intent, sent, stopping).ConfigureAwait(false);
    }

    /// <summary>What was to be deleted while it was on its way may have arrived after it was deleted: it is deleted once more.</summary>
    /// <returns>The intent as it is by now, where that is so.</returns>
    private async ValueTask<Intent?> TakenBackAsync(Intent sent, CancellationToken stopping)
    {
        var now = await Layer.Boundary.AttemptAsync(
            "look at what was sent",
            null,
            pulse =>
            {
                if (_outbox.Find(sent.FileName) is not { IsWithdrawn: true } withdrawn)
                {
                    return null;
                }

                _outbox.Add(withdrawn.ToRemoval(Layer.Time.GetUtcNow()), pulse);
                return withdrawn;
            },
            stopping).ConfigureAwait(false);
        if (now is not null)
        {
            _remover.Owe();
        }

        return now;
    }

    /// <returns>Whether it was given up.</returns>
    private async ValueTask<bool> PutOffAsync(Intent intent, Sending sent, CancellationToken stopping)
    {
        // It has failed to get there, and may for a day: whoever waits for it begins himself.
        _work.Settle(intent);
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
        _failures.Forget(intent.FileName);
        _work.Settle(intent);
    }
}
