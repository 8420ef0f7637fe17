using SmartCache.Layers;
using SmartCache.Storage;

namespace SmartCache.Remote;

/// <summary>
/// The remote tier as the rest of the cache sees it: a faster inner stage, never a second truth. Off, broken, hung, full or lying, nothing here throws into a job, and nothing
/// of it is on a job's path but the transfer itself.
/// </summary>
internal sealed class RemoteTier : IAsyncDisposable
{
    private const int Transfers = 8;

    /// <summary>How long nobody fetches again what is proven wrong and cannot be deleted.</summary>
    private static readonly TimeSpan WrongAge = TimeSpan.FromHours(1);

    /// <summary>How long the end of the process waits until the other hosts have been told that they may begin.</summary>
    private static readonly TimeSpan GivingBack = TimeSpan.FromSeconds(2);

    private readonly RemoteLink _link;
    private readonly IReadOnlyList<EntryLayer> _layers;
    private readonly Outbox _outbox;
    private readonly Sender _sender;
    private readonly RemoteKeys _keys;
    private readonly RemoteWork _work;
    private readonly BackgroundSaves _saves;
    private readonly Pace _pace;
    private readonly OwedWork _owedWork;
    private readonly SemaphoreSlim _slots = new(Transfers);

    public RemoteTier(RemoteLink link, IReadOnlyList<EntryLayer> layers, BackgroundSaves saves, HandleBudget handles, Func<IWorkLeases>? leases, StageActivity stages)
    {
        (_link, _layers, _saves) = (link, layers, saves);
        _outbox = new Outbox(link.Layer);
        _owedWork = new OwedWork();
        var way = new WayForUploads(stages, link.Time);
        _sender = new Sender(link, _outbox, new PackSender(link, layers, handles, way), _owedWork, way, saves);
        link.WorksAgain = _sender.LookAgain;
        _keys = new RemoteKeys(link);
        _work = new RemoteWork(link, leases);
        Notes = new SharedNotes(link);
        _pace = new Pace(() => link.Settings.DownloadRate, link.Time);
        link.Prepare();
    }

    /// <summary>Confirmations of uploads.</summary>
    public SharedNotes Notes { get; }

    /// <summary>Which sources are shared.</summary>
    public RemoteSources Sources => _link.Settings.Sources;

    /// <summary>How long what was learned counts as new.</summary>
    public TimeSpan MissAge => _link.Settings.MissAge;

    public TimeProvider Time => _link.Time;

    /// <summary>Whether entries of a kind are looked for. Not while their layer cannot be used: what came could be neither judged nor stored.</summary>
    public bool Reads(EntryKind kind) => _link.IsUsable && _link.Settings.Reads && IsShared(kind) && _layers.All(layer => layer.Kind != kind || layer.Boundary.Unavailable is null);

    /// <summary>Whether entries of a kind are sent.</summary>
    public bool Sends(EntryKind kind) => _link.IsUsable && _link.Settings.Writes && IsShared(kind);

    /// <summary>What an identity leads to, if the store knows, and that is not to be deleted there.</summary>
    public async ValueTask<RemoteAnswer<RemoteKey>> FindKeyAsync(string keyName, IReadOnlyDictionary<string, string> preimage, CancellationToken cancellationToken)
    {
        var found = await _keys.FindAsync(keyName, preimage, cancellationToken).ConfigureAwait(false);
        if (found.Value is not { } key)
        {
            return found;
        }

        if (await _outbox.Removals.ContainsAsync("sources/" + ContentName.Of(key.ContentHash), cancellationToken).ConfigureAwait(false))
        {
            return new(RemoteResult.NotThere, null);
        }

        _link.Keys.Note(keyName, key.FetchedAt);
        Renew(RemoteKeys.ObjectOf(keyName), key.Modified, 0);
        return found;
    }

    /// <summary>Fetches an entry into the worker's own files. Whatever comes of it, nothing else is left there.</summary>
    /// <exception cref="OperationCanceledException">Only when <paramref name="cancellationToken"/> was cancelled.</exception>
    public async ValueTask<FetchedPack> FetchAsync(PackRequest request, IProgress<StageProgress>? progress, CancellationToken cancellationToken)
    {
        if (_link.Misses.Contains(request.Object, _link.Settings.MissAge) || await _outbox.Removals.ContainsAsync(request.Object, cancellationToken).ConfigureAwait(false))
        {
            return new FetchedPack(RemoteResult.NotThere);
        }

        if (_link.Wrong.Contains(request.Object, WrongAge))
        {
            return new FetchedPack(RemoteResult.Wrong);
        }

        var fetched = _link.Settings.Mode == RemoteMode.Observe
            ? await ObserveAsync(request, cancellationToken).ConfigureAwait(false)
            : await FetchInTurnAsync(request, progress, cancellationToken).ConfigureAwait(false);
        if (fetched.Result == RemoteResult.NotThere)
        {
            _link.Misses.Note(request.Object);
            _link.There.Forget(request.Object);
        }
        else if (fetched.Content is not null)
        {
            _link.There.Note(request.Object);
            Renew(request.Object, fetched.Modified, fetched.Bytes);
        }

        return fetched;
    }

    /// <summary>It may be there by now: another host was waited for.</summary>
    public void LookAgain(string @object) => _link.Misses.Forget(@object);

    /// <summary>What was fetched turned out to be wrong: it is taken back here and deleted there.</summary>
    public void Reject(PackRequest request, FetchedPack fetched, string reason)
    {
        fetched.TakeBack();
        NoteWrong(request, fetched.Tag, reason);
    }

    /// <summary>What was fetched is not what this worker wants: it is taken back here. What is made in its place is to replace it there.</summary>
    public void TakeBack(PackRequest request, FetchedPack fetched)
    {
        fetched.TakeBack();
        _link.There.Forget(request.Object);
    }

    /// <summary>Counts what was fetched and is of use.</summary>
    public void Used(EntryKind kind, FetchedPack fetched) =>
        _link.Meter.Remote.Hit(EntryLayer.NameOf(kind), TimeSpan.FromSeconds(Math.Max(0, fetched.Content!.CostSeconds - fetched.Took.TotalSeconds)));

    /// <inheritdoc cref="RemoteWork.EnterAsync"/>
    public ValueTask<WorkTurn> EnterAsync(string key, bool mayWait, Production production, IProgress<StageProgress>? progress, CancellationToken cancellationToken) =>
        _work.EnterAsync(key, mayWait, production, progress, cancellationToken);

    /// <summary>Whether this process knows that the store has an entry.</summary>
    public bool IsThere(EntryKind kind, string name) => _link.There.Contains($"{EntryLayer.NameOf(kind)}/{name}", _link.Settings.MaxAge / 4);

    /// <summary>The same of a key, of this fetch or of a later one.</summary>
    public bool IsKeyThere(string keyName, DateTimeOffset fetchedAt) => _link.Keys.Contains(keyName, fetchedAt, _link.Settings.MaxAge / 4);

    /// <summary>A source is to be deleted there, with what was made of it: from now on nobody here is given it. <see cref="RemovalBegan"/> follows when that is on the disk.</summary>
    public void BeginRemoval(string source)
    {
        _outbox.Removals.Begin(source);
        _link.There.Forget("sources/" + source);
    }

    /// <summary>The intent lies in the outbox, or could not be put there.</summary>
    public void RemovalBegan(string source) => _outbox.Removals.End(source);

    /// <summary>An entry is to be sent, or deleted there. One small file; the rest is done by nobody who waits.</summary>
    /// <param name="intent">What is owed.</param>
    /// <param name="turn">The work of another host that waits for it; given back when it is there.</param>
    public async ValueTask OweAsync(Intent intent, WorkTurn? turn = null)
    {
        var isNoted = await _link.Layer.Boundary.AttemptAsync(
            "owe",
            false,
            pulse =>
            {
                _outbox.Add(intent, pulse);
                return true;
            },
            CancellationToken.None).ConfigureAwait(false);
        if (!isNoted)
        {
            return;
        }

        // After the file: work that is waited for and has none has been sent.
        if (turn is { IsHeld: true })
        {
            turn.StartSending();
            _owedWork.Add(intent, turn);
        }

        _sender.Owe(intent);
    }

    /// <summary>Sends what earlier processes left. Called now and then.</summary>
    public void Wake() => _sender.LookAgain();

    /// <summary>The entries that are owed, as <c>{layer}-{name}</c>: they go after those that nobody needs.</summary>
    public HashSet<string> Owed() => _link.IsUsable && _link.Settings.Writes ? _outbox.Names() : [];

    /// <summary>What this process remembers; <see langword="null"/> where the tier is not used.</summary>
    public RemoteState? State => !_link.IsUsable ? null : new RemoteState
    {
        ReadsRest = _link.Reads.Rests,
        WritesRest = _link.Writes.Rests,
        OwedEntries = _sender.Owing.Entries,
        OldestOwed = _sender.Owing is { Entries: > 0 } owing && _link.Time.GetUtcNow() - owing.Oldest is var age && age > TimeSpan.Zero ? age : TimeSpan.Zero,
        Dropped = _link.Meter.Remote.Statistics.Dropped,
    };

    public async ValueTask<RemoteStatistics> ReadAsync(CancellationToken cancellationToken)
    {
        var counted = _link.Meter.Remote.Statistics with { ReadsRest = _link.Reads.Rests, WritesRest = _link.Writes.Rests };
        if (!_link.IsUsable)
        {
            return counted;
        }

        var owed = await _link.Layer.Boundary.AttemptAsync("list what is owed", [], _outbox.List, cancellationToken).ConfigureAwait(false);
        return counted with
        {
            OwedEntries = owed.Count,
            OwedBytes = owed.Sum(static intent => intent.Bytes),
            OldestOwed = owed.Count > 0 && _link.Time.GetUtcNow() - owed[0].At is var age && age > TimeSpan.Zero ? age : TimeSpan.Zero,
        };
    }

    public async ValueTask DisposeAsync()
    {
        _sender.Dispose();
        _owedWork.Dispose();
        await _link.EndAsync(GivingBack).ConfigureAwait(false);
        _link.Dispose();
    }

    private bool IsShared(EntryKind kind) => kind == EntryKind.Source ? _link.Settings.Sources != RemoteSources.Off : _link.Settings.Profiles;

    private async ValueTask<FetchedPack> ObserveAsync(PackRequest request, CancellationToken cancellationToken)
    {
        var found = await _link.AskAsync(
            "stat", _link.Reads, _link.Settings.LookupTimeout, (store, token) => store.StatAsync(_link.NameOf(request.Object), token), cancellationToken).ConfigureAwait(false);
        return new FetchedPack(found.Result == RemoteResult.Found ? RemoteResult.WouldHaveHit : found.Result);
    }

    private async ValueTask<FetchedPack> FetchInTurnAsync(PackRequest request, IProgress<StageProgress>? progress, CancellationToken cancellationToken)
    {
        // Nobody waits for a turn at a store that rests.
        if (await _link.RestsAsync(_link.Reads, cancellationToken).ConfigureAwait(false))
        {
            return new FetchedPack(RemoteResult.Resting);
        }

        if (!await _slots.WaitAsync(TimeSpan.Zero, cancellationToken).ConfigureAwait(false)
            && !await WaitForSlotAsync(cancellationToken).ConfigureAwait(false))
        {
            return new FetchedPack(RemoteResult.Busy);
        }

        try
        {
            for (var attempt = 0; ; attempt++)
            {
                var transfer = new PackTransfer(_link, _link.Layer.Files, _pace, request, progress);
                try
                {
                    var fetched = await transfer.RunAsync(cancellationToken).ConfigureAwait(false);

                    // Changed under the reader: once more from its beginning.
                    if (fetched.Result != RemoteResult.Refused || attempt > 0)
                    {
                        return fetched.Result == RemoteResult.Refused ? new FetchedPack(RemoteResult.Failed) : fetched;
                    }
                }
                catch (WrongPackException wrong)
                {
                    NoteWrong(request, transfer.Tag, wrong.Message);
                    return new FetchedPack(RemoteResult.Wrong);
                }
            }
        }
        finally
        {
            _slots.Release();
        }
    }

    private async ValueTask<bool> WaitForSlotAsync(CancellationToken cancellationToken)
    {
        using var patience = new StallGuard(_link.Settings.LookupTimeout, _link.Time, cancellationToken);
        try
        {
            await _slots.WaitAsync(patience.Token).ConfigureAwait(false);
            return true;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return false;
        }
    }

    private void NoteWrong(PackRequest request, string? tag, string reason)
    {
        _link.Meter.Remote.Wrong(request.Object.Split('/')[0]);
        _link.There.Forget(request.Object);
        RemoteLog.Wrong(_link.Layer.Logger, request.Object, _link.Settings.Writes ? "is deleted" : "stays there, because nothing is written", reason);
        if (_link.Settings.Writes)
        {
            Later(stopping => DeleteAsync(request.Object, tag, stopping));
        }
        else
        {
            _link.Wrong.Note(request.Object);
        }
    }

    private void Renew(string @object, DateTimeOffset? stored, long bytes)
    {
        if (_link.Settings.Writes && stored is { } modified && _link.IsOld(modified))
        {
            Later(stopping => _link.TouchAsync(_link.NameOf(@object), bytes, stopping));
        }
    }

    private async ValueTask DeleteAsync(string @object, string? tag, CancellationToken stopping) => await _link.AskAsync<string>(
        "delete",
        _link.Writes,
        _link.Settings.StallTimeout,
        async (store, token) =>
        {
            await store.DeleteAsync(_link.NameOf(@object), tag, token).ConfigureAwait(false);
            return @object;
        },
        stopping).ConfigureAwait(false);

    private void Later(Func<CancellationToken, ValueTask> work) => _ = _saves.Run(async stopping =>
    {
        try
        {
            await work(stopping).ConfigureAwait(false);
            return true;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    });
}
