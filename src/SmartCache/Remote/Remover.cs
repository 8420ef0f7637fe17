using SmartCache.Layers;

namespace SmartCache.Remote;

/// <summary>
/// Deletes in the store what nobody is to be given any more. It waits behind nothing that is sent: that may be hours of uploads, and all of them would give it out meanwhile.
/// </summary>
internal sealed class Remover : IDisposable
{
    private readonly RemoteLink _link;
    private readonly Outbox _outbox;
    private readonly Drops _drops;
    private readonly RemoteRemoval _removal;
    private readonly OutboxLane _lane;

    public Remover(RemoteLink link, Outbox outbox, Drops drops, BackgroundSaves saves)
    {
        (_link, _outbox, _drops) = (link, outbox, drops);
        _removal = new RemoteRemoval(link);
        _lane = new OutboxLane(link, outbox, saves, RoundAsync);
    }

    /// <summary>Is told when something was deleted: what came after it may be sent.</summary>
    public required Action Removed { get; init; }

    /// <inheritdoc cref="Sender.Owing"/>
    public OwedFigures Owing { get; private set; } = OwedFigures.None;

    /// <inheritdoc cref="OutboxLane.Owe"/>
    public void Owe() => _lane.Owe();

    /// <inheritdoc cref="OutboxLane.LookAgain"/>
    public void LookAgain() => _lane.LookAgain();

    public void Dispose() => _lane.Dispose();

    private async Task<bool> RoundAsync(CancellationToken stopping)
    {
        var owed = await _link.Layer.Boundary.AttemptAsync("list what is owed", null, _outbox.ListRemovals, stopping).ConfigureAwait(false);
        if (owed is null)
        {
            return false;
        }

        Owing = OwedFigures.Of(owed);
        var left = 0;
        foreach (var intent in owed)
        {
            left += await ServeAsync(intent, stopping).ConfigureAwait(false) ? 0 : 1;
        }

        Owing = left == 0 ? OwedFigures.None : Owing;
        return left == 0;
    }

    private async ValueTask<bool> ServeAsync(Intent listed, CancellationToken stopping)
    {
        // It is for what must not be given to anybody, and waits as long as there can be something to remove.
        if (_link.Time.GetUtcNow() - listed.At > _link.Settings.MaxAge)
        {
            await EndAsync(listed, stopping).ConfigureAwait(false);
            _link.Layer.Record(new HistoryEvent(HistoryEventKind.SendDropped) { Layer = listed.Layer, Entry = listed.Name, Operation = "MaxAge" });
            _drops.Say(1, "MaxAge", "a removal waited longer than MaxAge");
            return true;
        }

        return await _lane.ServeAsync(
            listed,
            async (intent, token) =>
            {
                if (intent is null)
                {
                    return true;
                }

                if (!await _removal.RunAsync(intent, token).ConfigureAwait(false))
                {
                    return false;
                }

                await EndAsync(intent, token).ConfigureAwait(false);
                Removed();
                return true;
            },
            stopping).ConfigureAwait(false);
    }

    private ValueTask<bool> EndAsync(Intent intent, CancellationToken stopping) => _link.Layer.Boundary.AttemptAsync(
        "note what was removed",
        false,
        pulse =>
        {
            _outbox.Remove(intent, pulse);
            return true;
        },
        stopping);
}
