using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Text.Json;

namespace SmartCache.Remote;

/// <summary>
/// Work leases in the object store itself, for a store that keeps conditions (<see cref="ConditionProof"/>). Tags are compared on this machine's clock only, and no clock of
/// another machine is looked at: a holder whose tag stays the same for <c>LockTimeout</c> is dead.
/// </summary>
internal sealed class ObjectWorkLeases(RemoteLink link) : IWorkLeases
{
    private const int MaxBytes = 64 << 10;
    private const int MostSeen = 10_000;

    private readonly ConcurrentDictionary<string, SeenTag> _seen = new(StringComparer.Ordinal);

    /// <summary>Whether nobody had this work before: then nobody can have finished it since it was looked for. Of a worker's own leases nobody knows.</summary>
    public static bool IsFirst(IWorkLease lease) => lease is HeldWork { IsFirst: true };

    public async ValueTask<IWorkLease?> TryTakeAsync(string key, CancellationToken cancellationToken = default)
    {
        var name = link.NameOf("work/" + key);
        var owner = Guid.NewGuid().ToString("N");
        var unanswered = new StrongBox<bool>();
        IWorkLease? lease = null;
        try
        {
            return lease = await TryTakeAsync(key, name, owner, unanswered, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            if (lease is null && unanswered.Value)
            {
                _ = Task.Run(() => GiveBackLateAsync(name, owner), CancellationToken.None);
            }
        }
    }

    private async ValueTask<IWorkLease?> TryTakeAsync(string key, string name, string owner, StrongBox<bool> unanswered, CancellationToken cancellationToken)
    {
        var first = _seen.ContainsKey(key) ? Written.Refused : await PutAsync(name, new WorkNote { Owner = owner }, PutCondition.IfAbsent, cancellationToken).ConfigureAwait(false);
        unanswered.Value = first.IsUnanswered;
        if (first.Tag is { } its)
        {
            return new HeldWork(this, name, owner, its) { IsFirst = true };
        }

        var (note, tag) = await ReadAsync(name, cancellationToken).ConfigureAwait(false);
        if (note is null)
        {
            _seen.TryRemove(key, out _);
            return first.HasFailed ? throw NobodyHasIt() : null;
        }

        if (note.Owner == owner)
        {
            // An answer that was lost on its way.
            return new HeldWork(this, name, owner, tag!) { IsFirst = true };
        }

        if (!note.IsReleased && !IsDead(key, tag!))
        {
            return null;
        }

        var second = await PutAsync(name, new WorkNote { Owner = owner }, PutCondition.IfTag(tag!), cancellationToken).ConfigureAwait(false);
        unanswered.Value |= second.IsUnanswered;
        var taken = second.Tag;
        if (taken is null)
        {
            var (now, itsTag) = await ReadAsync(name, cancellationToken).ConfigureAwait(false);
            if (itsTag == tag || (second.HasFailed && now is null))
            {
                // Nobody changed it, and still it is not to be had: whoever waited for it would wait for ever.
                throw NobodyHasIt();
            }

            taken = now?.Owner == owner ? itsTag : null;
        }

        _seen.TryRemove(key, out _);
        return taken is null ? null : new HeldWork(this, name, owner, taken);
    }

    /// <summary>A put failed, and not because somebody else won: the store takes nothing. Whoever waited for it to would wait for ever.</summary>
    private ObjectStoreException NobodyHasIt()
    {
        link.Writes.Failed(ObjectStoreFault.Unavailable);
        return new ObjectStoreException(ObjectStoreFault.Unavailable, "The store does not take the lease, and nobody has it.");
    }

    public async ValueTask<WorkSign?> LookAsync(string key, CancellationToken cancellationToken = default)
    {
        var (note, tag) = await ReadAsync(link.NameOf("work/" + key), cancellationToken).ConfigureAwait(false);
        return note is null or { IsReleased: true } ? null : new WorkSign { Sign = tag!, Progress = note.Progress };
    }

    /// <summary>A put that was not answered may be stored later, when nobody holds what it says: the other hosts would wait for that.</summary>
    private async Task GiveBackLateAsync(string name, string owner)
    {
        try
        {
            await Task.Delay(link.Settings.StallTimeout, link.Time).ConfigureAwait(false);
            if (await ReadAsync(name, CancellationToken.None).ConfigureAwait(false) is ({ IsReleased: false } note, { } tag) && note.Owner == owner)
            {
                await PutAsync(name, note with { Beat = note.Beat + 1, IsReleased = true }, PutCondition.IfTag(tag), CancellationToken.None).ConfigureAwait(false);
            }
        }
        catch (Exception)
        {
            // The others find out by its silence.
        }
    }

    private bool IsDead(string key, string tag)
    {
        if (_seen.Count >= MostSeen)
        {
            _seen.Clear();
        }

        var now = link.Time.GetTimestamp();
        var seen = _seen.AddOrUpdate(key, _ => new SeenTag(tag, now), (_, known) => known.Tag == tag ? known : new SeenTag(tag, now));
        return link.Time.GetElapsedTime(seen.Since, now) >= link.Layer.Settings.Current.LockTimeout;
    }

    /// <returns>Without a tag where the condition does not hold, or nobody knows: whoever asked looks at the owner then.</returns>
    private async ValueTask<Written> PutAsync(string name, WorkNote note, PutCondition condition, CancellationToken cancellationToken)
    {
        var bytes = JsonSerializer.SerializeToUtf8Bytes(note, RemoteJson.Default.WorkNote);
        var put = await link.AskAsync<ObjectPut>(
            "put",
            link.Writes,
            link.Settings.LookupTimeout,
            async (store, token) => await store.PutAsync(name, new BytesBody(bytes), condition, token).ConfigureAwait(false),
            cancellationToken,
            mayLose: true).ConfigureAwait(false);
        if (put is { Value: null, Result: RemoteResult.Resting })
        {
            throw new ObjectStoreException(ObjectStoreFault.Unavailable, RemoteWords.Of(put.Result));
        }

        return put.Value switch
        {
            null => new Written(null, HasFailed: true) { IsUnanswered = put.Result == RemoteResult.TimedOut },
            { IsStored: true } stored => new Written(stored.Tag ?? (await ReadAsync(name, cancellationToken).ConfigureAwait(false)).Tag, HasFailed: false),
            _ => Written.Refused,
        };
    }

    private async ValueTask<(WorkNote? Note, string? Tag)> ReadAsync(string name, CancellationToken cancellationToken)
    {
        var read = await link.AskAsync(
            "get", link.Reads, link.Settings.LookupTimeout, (store, token) => SmallObject.ReadAsync(store, name, MaxBytes, token), cancellationToken).ConfigureAwait(false);
        if (read.Value is not { } found)
        {
            return read.Result == RemoteResult.NotThere ? (null, null) : throw new ObjectStoreException(ObjectStoreFault.Unavailable, RemoteWords.Of(read.Result));
        }

        if (found.Tag.Length == 0)
        {
            throw new ObjectStoreException(ObjectStoreFault.Protocol, "The lease has no tag, and cannot be taken under a condition.");
        }

        try
        {
            return (JsonSerializer.Deserialize(found.Bytes, RemoteJson.Default.WorkNote) ?? new WorkNote { Owner = "" }, found.Tag);
        }
        catch (JsonException)
        {
            // Somebody's: it is taken over when it stays as it is.
            return (new WorkNote { Owner = "" }, found.Tag);
        }
    }

    /// <summary>What a put came to: an answer of the store, or none that says anything.</summary>
    private readonly record struct Written(string? Tag, bool HasFailed)
    {
        /// <summary>It may have been stored, and may still be.</summary>
        public bool IsUnanswered { get; init; }

        public static Written Refused => new(null, HasFailed: false);
    }

    private sealed record SeenTag(string Tag, long Since);

    private sealed class HeldWork(ObjectWorkLeases leases, string name, string owner, string tag) : IWorkLease
    {
        private readonly SemaphoreSlim _turn = new(1);
        private string? _tag = tag;
        private long _beat;

        public bool IsFirst { get; init; }

        public async ValueTask<bool> ShowLifeAsync(StageProgress progress, CancellationToken cancellationToken = default) =>
            await WriteAsync(new WorkNote { Owner = owner, Beat = Interlocked.Increment(ref _beat), Phase = progress.Phase, Fraction = progress.Fraction }, cancellationToken).ConfigureAwait(false);

        public async ValueTask DisposeAsync()
        {
            try
            {
                await WriteAsync(new WorkNote { Owner = owner, Beat = Interlocked.Increment(ref _beat), IsReleased = true }, CancellationToken.None).ConfigureAwait(false);
            }
            catch (ObjectStoreException)
            {
                _ = Task.Run(() => leases.GiveBackLateAsync(name, owner), CancellationToken.None);
                throw;
            }
            finally
            {
                _tag = null;
            }
        }

        private async ValueTask<bool> WriteAsync(WorkNote note, CancellationToken cancellationToken)
        {
            await _turn.WaitAsync(cancellationToken).ConfigureAwait(false);
            try
            {
                if (_tag is null)
                {
                    return false;
                }

                var stored = (await leases.PutAsync(name, note, PutCondition.IfTag(_tag), cancellationToken).ConfigureAwait(false)).Tag;
                if (stored is null && await leases.ReadAsync(name, cancellationToken).ConfigureAwait(false) is ({ } there, { } itsTag) && there.Owner == owner)
                {
                    // What was written before was stored after all, and only its answer was lost.
                    // Where that put fails too, it is this one's still.
                    var again = await leases.PutAsync(name, note, PutCondition.IfTag(itsTag), cancellationToken).ConfigureAwait(false);
                    stored = again.HasFailed ? itsTag : again.Tag;
                }

                _tag = stored;
                return stored is not null;
            }
            finally
            {
                _turn.Release();
            }
        }
    }
}
