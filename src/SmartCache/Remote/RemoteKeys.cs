using System.Text.Json;
using SmartCache.Storage;

namespace SmartCache.Remote;

/// <summary>The small objects that say which content an identity leads to. Replaced only by a later fetch.</summary>
internal sealed class RemoteKeys(RemoteLink link)
{
    private const int MaxBytes = 1 << 20;
    private const int MostRounds = 3;

    public static string ObjectOf(string keyName) => $"keys/{keyName}.json";

    /// <summary>What an identity leads to, if the store knows.</summary>
    public async ValueTask<RemoteAnswer<RemoteKey>> FindAsync(string keyName, IReadOnlyDictionary<string, string> preimage, CancellationToken cancellationToken)
    {
        var name = ObjectOf(keyName);
        if (link.Misses.Contains(name, link.Settings.MissAge))
        {
            return new(RemoteResult.NotThere, null);
        }

        var (result, stored) = await ReadAsync(name, link.Reads, cancellationToken).ConfigureAwait(false);
        if (result == RemoteResult.NotThere)
        {
            link.Misses.Note(name);
            link.Keys.Forget(keyName);
        }

        if (stored is null)
        {
            return new(result, null);
        }

        var key = Parse(stored.Bytes) is { } parsed ? parsed with { Modified = stored.Modified } : null;
        return key is null ? new(RemoteResult.Wrong, null)
            : key.Version > 1 ? new(RemoteResult.Newer, null)
            : KeyPreimage.AreEqual(key.Key, preimage) ? new(RemoteResult.Found, key)
            : new(RemoteResult.Wrong, null);
    }

    /// <summary>Sends the keys of a source, after its pack.</summary>
    /// <returns>Whether none is left to be sent.</returns>
    public async ValueTask<bool> SendAsync(Intent intent, CancellationToken stopping)
    {
        foreach (var (name, key) in intent.Keys ?? new Dictionary<string, RemoteKey>())
        {
            if (!OwnNames.IsHash(name))
            {
                continue;
            }

            if (!await SendAsync(name, key, stopping).ConfigureAwait(false))
            {
                return false;
            }

            link.Keys.Note(name, key.FetchedAt);
        }

        return true;
    }

    private async ValueTask<bool> SendAsync(string keyName, RemoteKey key, CancellationToken stopping)
    {
        var name = ObjectOf(keyName);
        for (var round = 0; ; round++)
        {
            var (result, stored) = await ReadAsync(name, link.Writes, stopping).ConfigureAwait(false);
            if (result is not (RemoteResult.Found or RemoteResult.NotThere))
            {
                return false;
            }

            // Of a newer version nothing is known. A fetch that lies ahead of this clock comes from one that was wrong, and must not stay for ever.
            var there = stored is null ? null : Parse(stored.Bytes);
            if (there is { Version: > 1 } || (there is not null && there.FetchedAt >= key.FetchedAt && there.FetchedAt <= link.Time.GetUtcNow() + TimeSpan.FromMinutes(5)))
            {
                // The engine's rule of expiry is as true of keys as of what they lead to.
                await TouchAsync(name, stored!, stopping).ConfigureAwait(false);
                return true;
            }

            // A store that ignores conditions lets the last of two win, which was true a moment ago. One that refuses them all must not keep the key from being sent.
            var condition = round == MostRounds || stored is { Tag: "" } ? PutCondition.None : stored is null ? PutCondition.IfAbsent : PutCondition.IfTag(stored.Tag);
            var put = await PutAsync(name, key, condition, stopping).ConfigureAwait(false);
            link.Misses.Forget(name);
            if (put.Value is not { IsStored: false } || round == MostRounds)
            {
                return put.Value is { IsStored: true };
            }
        }
    }

    private ValueTask TouchAsync(string name, SmallObject stored, CancellationToken stopping) =>
        link.IsOld(stored.Modified) ? link.TouchAsync(link.NameOf(name), stored.Bytes.Length, stopping) : ValueTask.CompletedTask;

    private ValueTask<RemoteAnswer<ObjectPut>> PutAsync(string name, RemoteKey key, PutCondition condition, CancellationToken stopping)
    {
        var bytes = JsonSerializer.SerializeToUtf8Bytes(key, RemoteJson.Default.RemoteKey);
        return link.AskAsync<ObjectPut>(
            "put",
            link.Writes,
            link.Settings.StallTimeout,
            async (store, token) => await store.PutAsync(link.NameOf(name), new BytesBody(bytes), condition, token).ConfigureAwait(false),
            stopping,
            mayLose: true);
    }

    private async ValueTask<(RemoteResult Result, SmallObject? Object)> ReadAsync(string name, Breaker breaker, CancellationToken cancellationToken)
    {
        var answer = await link.AskAsync(
            "get", breaker, link.Settings.LookupTimeout, (store, token) => SmallObject.ReadAsync(store, link.NameOf(name), MaxBytes, token), cancellationToken).ConfigureAwait(false);
        return (answer.Result, answer.Value);
    }

    private static RemoteKey? Parse(byte[] bytes)
    {
        try
        {
            return JsonSerializer.Deserialize(bytes, RemoteJson.Default.RemoteKey) is { } key
                && (key.Version > 1 || (ContentName.IsHash(key.ContentHash) && key.Length >= 0 && !key.Key.Values.Contains(null)))
                ? key
                : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
