using SmartCache.Layers;
using SmartCache.Profiles;
using SmartCache.Remote;
using SmartCache.Sources;
using SmartCache.Storage;

namespace SmartCache.Pool;

/// <summary>Owes the store what is here and not there.</summary>
internal sealed class PoolPush(RemoteTier remote, RemoteLink link, SourceStore sources, ProfileStore profiles, BackgroundSaves saves)
{
    /// <summary>Half of what the default <c>QueueSize</c> lets wait: this may run with another one than the workers, who would give up what is more.</summary>
    private const long MostPortion = 5_000_000_000;

    private long Portion => Math.Min(link.Settings.QueueSize / 2, MostPortion);

    public async Task<RemotePush> RunAsync(IReadOnlySet<(EntryKind, string)> there, CancellationToken cancellationToken)
    {
        var owed = new List<(EntryKind Kind, string Name, long Bytes)>();
        var (waiting, count, withheld) = (0L, 0, 0);
        foreach (var (kind, name, bytes, owe) in await CandidatesAsync(cancellationToken).ConfigureAwait(false))
        {
            if (there.Contains((kind, name)))
            {
                count++;
                continue;
            }

            // What is above QueueSize would be dropped, the oldest first.
            if (waiting + bytes > Portion && waiting > 0)
            {
                await saves.FlushAsync(cancellationToken).ConfigureAwait(false);
                waiting = (await remote.ReadAsync(cancellationToken).ConfigureAwait(false)).OwedBytes;
                if (waiting > Portion)
                {
                    break;
                }
            }

            // What this process remembers of it is no longer true.
            link.There.Forget($"{EntryLayer.NameOf(kind)}/{name}");
            await owe().ConfigureAwait(false);
            var isOwed = remote.Owed().Contains($"{EntryLayer.NameOf(kind)}-{name}") || remote.IsThere(kind, name);
            withheld += isOwed ? 0 : 1;
            waiting += isOwed ? bytes : 0;
            if (isOwed)
            {
                owed.Add((kind, name, bytes));
            }
        }

        await saves.FlushAsync(cancellationToken).ConfigureAwait(false);
        var sent = owed.Where(one => remote.IsThere(one.Kind, one.Name)).ToList();
        return new RemotePush
        {
            There = count, Withheld = withheld, Sent = sent.Count, SentBytes = sent.Sum(static one => one.Bytes),
            Owed = (await remote.ReadAsync(cancellationToken).ConfigureAwait(false)).OwedEntries,
        };
    }

    private async Task<List<(EntryKind Kind, string Name, long Bytes, Func<ValueTask> Owe)>> CandidatesAsync(CancellationToken cancellationToken)
    {
        var found = new List<(EntryKind, string, long, Func<ValueTask>)>();
        if (remote.Sends(EntryKind.Source))
        {
            var records = await sources.Layer.Boundary.AttemptAsync<List<(string Key, SourceRecord Record)>>("list keys", [], sources.Catalog.Records, cancellationToken).ConfigureAwait(false);
            var lengths = records.DistinctBy(static one => one.Record.ContentHash).ToDictionary(static one => one.Record.ContentHash, static one => one.Record.Length);
            foreach (var keys in records.GroupBy(static one => one.Record.ContentHash, static one => one.Key))
            {
                var name = ContentName.Of(keys.Key);
                var media = new SourceMedia { ContentHash = keys.Key, Length = lengths[keys.Key] };
                if (await sources.Layer.Boundary.AttemptAsync("find", false, _ => sources.Layer.Entries.Exists(name), cancellationToken).ConfigureAwait(false))
                {
                    found.Add((EntryKind.Source, name, media.Length, () => sources.Shared!.PushAsync(media, [.. keys])));
                }
            }
        }

        if (remote.Sends(EntryKind.Profile))
        {
            var entries = await profiles.Layer.Boundary.AttemptAsync("list", [], pulse => profiles.Layer.Index.Read(link.Time.GetUtcNow(), pulse), cancellationToken).ConfigureAwait(false);
            found.AddRange(entries.Select(entry => (EntryKind.Profile, entry.Name, entry.Bytes, (Func<ValueTask>)(() => remote.OweAsync(new Intent
            {
                Layer = profiles.Layer.Name, Name = entry.Name, Bytes = entry.Bytes, At = link.Time.GetUtcNow(),
            })))));
        }

        return found;
    }
}
