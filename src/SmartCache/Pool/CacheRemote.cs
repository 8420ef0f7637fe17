using System.Runtime.CompilerServices;
using SmartCache.Layers;
using SmartCache.Profiles;
using SmartCache.Remote;
using SmartCache.Sources;
using SmartCache.Storage;

namespace SmartCache.Pool;

/// <summary>What an operator does with the remote tier.</summary>
internal sealed class CacheRemote(
    StoreDesk desk, RemoteTier remote, RemoteLink link, SourceStore sources, ProfileStore profiles, PoolWarming warming, BackgroundSaves saves) : ICacheRemote
{
    private readonly Pace _pace = new(() => link.Settings.DownloadRate, link.Time);

    public async Task<RemoteStatus> GetStatusAsync(CancellationToken cancellationToken = default)
    {
        var proof = desk.HasStore ? await new ConditionProof(link).ReadAsync(cancellationToken).ConfigureAwait(false) : null;
        return new RemoteStatus
        {
            Mode = link.Settings.Mode,
            Store = desk.HasStore ? desk.Store.Description : null,
            Prefix = link.NameOf(""),
            MaxAge = link.Settings.MaxAge,
            ReadsRest = await link.Reads.ReadAsync(cancellationToken).ConfigureAwait(false),
            WritesRest = await link.Writes.ReadAsync(cancellationToken).ConfigureAwait(false),
            KeepsConditions = proof is null ? null : proof.Length == 0,
            BrokenCondition = proof is { Length: > 0 } ? proof : null,
            Statistics = await remote.ReadAsync(cancellationToken).ConfigureAwait(false),
        };
    }

    public async IAsyncEnumerable<RemoteEntry> ReadEntriesAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        foreach (var entry in await desk.ListAsync(cancellationToken).ConfigureAwait(false))
        {
            yield return entry;
        }
    }

    public async Task<bool?> ProveConditionsAsync(CancellationToken cancellationToken = default)
    {
        desk.RequireWrites();
        var proof = new ConditionProof(link);
        return await proof.HoldsAsync(cancellationToken).ConfigureAwait(false) ? true : await proof.ReadAsync(cancellationToken).ConfigureAwait(false) is { } broken ? broken.Length == 0 : null;
    }

    public async Task<RemotePush> PushAsync(CancellationToken cancellationToken = default)
    {
        desk.RequireWrites();
        var there = (await desk.ListAsync(cancellationToken).ConfigureAwait(false)).Select(static entry => (entry.Kind, entry.Name)).ToHashSet();
        return await new PoolPush(remote, link, sources, profiles, saves).RunAsync(there, cancellationToken).ConfigureAwait(false);
    }

    public async Task<RemoteWarming> WarmAsync(long? budget = null, Func<RemoteEntry, bool>? predicate = null, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(budget ?? 0, nameof(budget));
        var entries = await desk.ListAsync(cancellationToken).ConfigureAwait(false);
        return await warming.RunAsync(
            entries.Where(predicate ?? (static _ => true)).OrderByDescending(static entry => entry.Modified), budget ?? long.MaxValue, cancellationToken).ConfigureAwait(false);
    }

    public async Task<RemoteVerification> VerifyAsync(
        bool deletesWrong = false, int? sample = null, Func<RemoteEntry, bool>? predicate = null, IProgress<long>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(sample ?? 0, nameof(sample));
        var entries = (await desk.ListAsync(cancellationToken).ConfigureAwait(false)).Where(predicate ?? (static _ => true)).ToArray();
        Random.Shared.Shuffle(entries);
        var check = new PackCheck(desk, link, _pace, bytes => progress?.Report(bytes));
        var (whole, skipped, unread, deleted, wrong) = (0, 0, 0, 0, new List<WrongRemoteEntry>());
        foreach (var entry in entries.Take(sample ?? int.MaxValue))
        {
            try
            {
                if (await check.RunAsync(entry, cancellationToken).ConfigureAwait(false) is not null)
                {
                    whole++;
                    continue;
                }

                skipped++;
            }
            catch (NewerFormatException)
            {
                skipped++;
            }
            catch (ObjectStoreException)
            {
                unread++;
            }
            catch (WrongPackException proven)
            {
                var name = PackIdentity.ObjectOf(entry);
                wrong.Add(new WrongRemoteEntry { Entry = entry, Reason = proven.Message });
                link.Meter.Remote.Wrong(EntryLayer.NameOf(entry.Kind));
                if (deletesWrong && await TryDeleteAsync(name, check.Tag, cancellationToken).ConfigureAwait(false))
                {
                    deleted++;
                    RemoteLog.Wrong(link.Layer.Logger, name, "was deleted", proven.Message);
                }
            }
        }

        return new RemoteVerification { Listed = entries.Length, Whole = whole, Skipped = skipped, Unread = unread, Bytes = check.Bytes, Wrong = wrong, Deleted = deleted };
    }

    public async Task<bool> RemoveSourceAsync(string contentHash, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(contentHash);
        if (!ContentName.IsHash(contentHash))
        {
            throw new ArgumentException("The content hash must be SHA-256 as 64 lower-case hexadecimal digits.", nameof(contentHash));
        }

        desk.RequireWrites();
        var keys = await sources.Layer.Boundary.AttemptAsync<List<(string Key, SourceRecord Record)>>("list keys", [], sources.Catalog.Records, cancellationToken).ConfigureAwait(false);
        var intent = new Intent
        {
            Layer = EntryLayer.NameOf(EntryKind.Source), Name = ContentName.Of(contentHash), At = link.Time.GetUtcNow(), IsRemoval = true,
            Keys = keys.Where(one => one.Record.ContentHash == contentHash).ToDictionary(
                static one => one.Key, one => new RemoteKey { Key = new Dictionary<string, string>(), ContentHash = contentHash, Length = 0, FetchedAt = default }),
        };
        if (await new RemoteRemoval(link).RunAsync(intent, cancellationToken).ConfigureAwait(false))
        {
            return true;
        }

        await remote.OweAsync(intent).ConfigureAwait(false);
        await saves.FlushAsync(cancellationToken).ConfigureAwait(false);
        return false;
    }

    private async Task<bool> TryDeleteAsync(string name, string? tag, CancellationToken cancellationToken)
    {
        if (!link.Settings.Writes)
        {
            return false;
        }

        link.There.Forget(name);
        try
        {
            return await desk.AskAsync(
                "delete",
                async (store, _, token) =>
                {
                    await store.DeleteAsync(link.NameOf(name), tag, token).ConfigureAwait(false);
                    return true;
                },
                cancellationToken).ConfigureAwait(false);
        }
        catch (ObjectStoreException)
        {
            // It is met again, by the next who reads it.
            return false;
        }
    }
}
