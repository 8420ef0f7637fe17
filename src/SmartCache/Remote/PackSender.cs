using SmartCache.Layers;
using SmartCache.Storage;

namespace SmartCache.Remote;

/// <summary>Sends one entry as a pack, and after it the keys that lead to it.</summary>
internal sealed class PackSender(RemoteLink link, IReadOnlyList<EntryLayer> layers, HandleBudget handles, WayForUploads way)
{
    /// <summary>So large that one question first costs less than sending in vain.</summary>
    private const long AskFirst = 64 << 20;

    /// <summary>The heads of two packs of one content differ in times and costs.</summary>
    private const int HeadSlack = 256;

    private readonly Pace _pace = new(() => link.Settings.UploadRate, link.Time);
    private readonly RemoteKeys _keys = new(link);

    /// <summary>Sends it, where the store does not have it.</summary>
    public async ValueTask<Sending> SendAsync(Intent intent, CancellationToken stopping)
    {
        if (!intent.Replaces && link.There.Contains(intent.Object, link.Settings.MaxAge / 4))
        {
            return await SendKeysAsync(intent, stopping).ConfigureAwait(false);
        }

        var layer = layers.First(one => one.Name == intent.Layer);
        var entry = await layer.Boundary.AttemptAsync("open for sending", null, pulse => OpenedEntry.Of(layer, intent.Name, handles, pulse), stopping).ConfigureAwait(false);
        if (entry is null)
        {
            // Evicted, or removed: there is nothing to send.
            RemoteLog.NotSent(link.Layer.Logger, intent.Object, "it is no longer in the cache");
            return layer.Boundary.Unavailable is null ? Sending.Ended : Sending.Later;
        }

        try
        {
            return await SendAsync(intent, entry, stopping).ConfigureAwait(false) is { } ended ? ended : await SendKeysAsync(intent, stopping).ConfigureAwait(false);
        }
        finally
        {
            await layer.ReleaseAsync(entry).ConfigureAwait(false);
        }
    }

    private async ValueTask<Sending> SendKeysAsync(Intent intent, CancellationToken stopping) =>
        await _keys.SendAsync(intent, stopping).ConfigureAwait(false) ? Sending.Ended : Sending.Later;

    /// <returns><see langword="null"/> where it is there.</returns>
    private async ValueTask<Sending?> SendAsync(Intent intent, OpenedEntry entry, CancellationToken stopping)
    {
        byte[] head;
        try
        {
            head = PackFormat.WriteHead(entry.Manifest.Content);
        }
        catch (InvalidDataException tooLarge)
        {
            RemoteLog.NotSent(link.Layer.Logger, intent.Object, tooLarge.Message);
            return Sending.Ended;
        }

        var body = new PackBody(head, entry.Files, link.Layer.Files);
        if (!intent.Replaces && body.Length > AskFirst && await IsThereAsync(link.NameOf(intent.Object), body.Length, stopping).ConfigureAwait(false))
        {
            link.There.Note(intent.Object);
            return null;
        }

        return await PutAsync(intent, entry, body, stopping).ConfigureAwait(false);
    }

    private async ValueTask<Sending?> PutAsync(Intent intent, OpenedEntry entry, PackBody body, CancellationToken stopping)
    {
        var name = link.NameOf(intent.Object);
        var began = link.Time.GetTimestamp();
        using var guard = new StallGuard(link.Settings.StallTimeout, link.Time, stopping);
        body.Pace = PaceOf(body, guard);
        ObjectStoreFault? refusal = null;
        var put = await link.AskAsync<ObjectPut>(
            "put",
            link.Writes,
            guard,
            async (store, token) =>
            {
                try
                {
                    return await store.PutAsync(name, body, PutCondition.None, token).ConfigureAwait(false);
                }
                catch (ObjectStoreException exception) when (exception.Fault is ObjectStoreFault.Protocol or ObjectStoreFault.Full)
                {
                    if (!link.MayWrite)
                    {
                        // It was cut off here.
                        return null;
                    }

                    // Of this object. The store answers, and takes others.
                    refusal = exception.Fault;
                    return null;
                }
                catch (Exception) when (body.HasFailed || !link.MayWrite)
                {
                    return null;
                }
            },
            stopping).ConfigureAwait(false);
        if (put.Result != RemoteResult.Found)
        {
            // What cannot be read here any more cannot be sent at any time.
            var isGone = body.HasFailed || !IsUnchanged(entry);
            RemoteLog.NotSent(link.Layer.Logger, intent.Object, isGone ? "it cannot be read, or changed while it was sent" : refusal?.ToString() ?? RemoteWords.Of(put.Result));
            return isGone ? Sending.Ended
                : refusal is null ? put.Result == RemoteResult.Resting ? Sending.Later : Sending.Failed
                : refusal == ObjectStoreFault.Full ? Sending.NoRoom : Sending.Refused;
        }

        if (!IsUnchanged(entry))
        {
            await link.AskAsync<string>("delete", link.Writes, link.Settings.StallTimeout, (store, token) => DeleteAsync(store, name, put.Value!.Tag, token), stopping).ConfigureAwait(false);
            RemoteLog.NotSent(link.Layer.Logger, intent.Object, "it changed while it was sent");
            return Sending.Ended;
        }

        link.Misses.Forget(intent.Object);
        link.There.Note(intent.Object);
        var took = link.Time.GetElapsedTime(began);
        RemoteLog.Sent(link.Layer.Logger, intent.Object, body.Length, took.TotalSeconds);
        link.Layer.Record(new HistoryEvent(HistoryEventKind.Sent) { Layer = intent.Layer, Entry = intent.Name, Bytes = body.Length, Duration = took });
        return null;
    }

    // When the last byte has left, the store still has all of it to put away, and shows nothing of that.
    private Func<int, CancellationToken, ValueTask> PaceOf(PackBody body, StallGuard guard)
    {
        var read = 0L;
        return async (count, token) =>
        {
            var patience = Interlocked.Add(ref read, count) < body.Length ? link.Settings.StallTimeout : link.PatienceWith(body.Length);
            guard.Moved(patience);
            link.Meter.Remote.Moved("out", count);
            await _pace.TakeAsync(count, guard, patience, token).ConfigureAwait(false);
            guard.Moved(patience + WayForUploads.LongestHold);
            await way.HoldAsync(token).ConfigureAwait(false);
            if (!link.MayWrite)
            {
                throw new OperationCanceledException("The tier was switched off while this was sent.");
            }

            guard.Moved(patience);
        };
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

    /// <summary>There already, from another host. Touched, so that nobody's sweep takes it meanwhile; where that fails, it is there all the same.</summary>
    private async ValueTask<bool> IsThereAsync(string name, long length, CancellationToken stopping)
    {
        var found = await link.AskAsync("stat", link.Writes, link.Settings.LookupTimeout, (store, token) => store.StatAsync(name, token), stopping).ConfigureAwait(false);
        if (found.Value is not { } there || Math.Abs(there.Length - length) > HeadSlack)
        {
            return false;
        }

        await link.TouchAsync(name, length, stopping).ConfigureAwait(false);
        return true;
    }

    private static async ValueTask<string?> DeleteAsync(IObjectStore store, string name, string? tag, CancellationToken token)
    {
        await store.DeleteAsync(name, tag, token).ConfigureAwait(false);
        return name;
    }
}
