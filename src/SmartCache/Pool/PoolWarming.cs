using SmartCache.Abstractions;
using SmartCache.Layers;
using SmartCache.Profiles;
using SmartCache.Remote;
using SmartCache.Sources;
using SmartCache.Space;
using SmartCache.Storage;
using SmartCache.Storage.Platform;

namespace SmartCache.Pool;

/// <summary>Fetches entries of other hosts into the local cache, without a job that asks for them, into space for which nothing has to go.</summary>
internal sealed class PoolWarming(RemoteTier remote, SourceStore sources, IReadOnlyList<EntryLayer> layers, SpaceKeeper space)
{
    /// <summary>Files of a profile of which nothing but its length is known; a directory, a manifest, a lock and a record beside.</summary>
    private const int InodesGuessed = 300;

    /// <summary>What became of one entry.</summary>
    private enum Fate
    {
        Stored,
        Here,
        Skipped,
        NoRoom,
        NoAnswer,
    }

    /// <summary>Fetches these, in their order.</summary>
    public async Task<RemoteWarming> RunAsync(IEnumerable<RemoteEntry> wanted, long budget, CancellationToken cancellationToken)
    {
        if (space.Needs is null)
        {
            // What jobs need is known only after a count.
            await space.CountAsync(cancellationToken).ConfigureAwait(false);
        }

        var warming = new RemoteWarming();
        foreach (var entry in wanted)
        {
            if (entry.Bytes > budget - warming.Bytes)
            {
                warming = warming with { OverBudget = warming.OverBudget + 1 };
                continue;
            }

            var layer = layers.First(one => one.Kind == entry.Kind);
            var (fate, why) = layer.Mode == LayerMode.On ? await FetchAsync(layer, entry, cancellationToken).ConfigureAwait(false) : (Fate.Skipped, "");
            switch (fate)
            {
                case Fate.Stored:
                    warming = warming with { Entries = warming.Entries + 1, Bytes = warming.Bytes + entry.Bytes };
                    break;
                case Fate.Here:
                    warming = warming with { Here = warming.Here + 1 };
                    break;
                case Fate.Skipped:
                    warming = warming with { Skipped = warming.Skipped + 1 };
                    break;
                default:
                    return warming with { Ended = why };
            }
        }

        return warming;
    }

    private async Task<(Fate Fate, string Why)> FetchAsync(EntryLayer layer, RemoteEntry entry, CancellationToken cancellationToken)
    {
        if (await layer.Boundary.AttemptAsync("find", true, _ => layer.Entries.Exists(entry.Name), cancellationToken).ConfigureAwait(false))
        {
            return (Fate.Here, "");
        }

        var needed = StagedSpace.NeededFor(entry.Bytes) + (entry.Kind == EntryKind.Source ? 0 : InodesGuessed * 4096L);
        var request = new SpaceRequest(layer.Directory, needed, needed) { Inodes = entry.Kind == EntryKind.Source ? 2 : InodesGuessed, KeepsFree = space.Needs?.Largest ?? 0 };
        if (await space.ReserveAtOnceAsync(request, cancellationToken).ConfigureAwait(false) is not { } reservation)
        {
            return (Fate.NoRoom, "there is no more free space");
        }

        var stored = 0L;
        try
        {
            var staged = await layer.Boundary.AttemptAsync("stage", null, _ => new StagedEntry(layer.Directory, layer.Transfer), cancellationToken).ConfigureAwait(false);
            if (staged is null)
            {
                return (Fate.NoRoom, "the cache's directory cannot be used");
            }

            try
            {
                var (fate, why) = await FetchAsync(layer, entry, staged, cancellationToken).ConfigureAwait(false);
                stored = staged.StoredBytes;
                return (fate, why);
            }
            finally
            {
                // The files first: once the reservation is given back, another process may fill the space that they still take.
                await layer.ReleaseAsync(staged).ConfigureAwait(false);
            }
        }
        finally
        {
            await reservation.StoredAsync(stored).ConfigureAwait(false);
        }
    }

    private async Task<(Fate Fate, string Why)> FetchAsync(EntryLayer layer, RemoteEntry entry, StagedEntry staged, CancellationToken cancellationToken)
    {
        var wanted = new PackRequest(
            PackIdentity.ObjectOf(entry),
            "warm",
            content => PackIdentity.Fits(entry.Kind, entry.Name, content) ? PlaceOf(layer, content, staged) : null)
        {
            // Whoever warms may be root, and the workers are to open what it leaves.
            Mode = layer.Directory.FileMode,
        };
        var fetched = await remote.FetchAsync(wanted, null, cancellationToken).ConfigureAwait(false);
        if (fetched.Content is not { } content)
        {
            return fetched.Result is RemoteResult.Resting or RemoteResult.TimedOut or RemoteResult.Failed or RemoteResult.NoRoom or RemoteResult.WouldHaveHit
                ? (Fate.NoAnswer, RemoteWords.Of(fetched.Result))
                : (Fate.Skipped, "");
        }

        if (entry.Kind == EntryKind.Profile && await OpenPlaylistAsync(layer, entry, content, staged).ConfigureAwait(false) is { } open)
        {
            remote.Reject(wanted, fetched, open);
            return (Fate.Skipped, "");
        }

        using var save = sources.Rejections.Begin();
        if (!await layer.Boundary.AttemptAsync("take", false, _ => Own(staged, content), cancellationToken).ConfigureAwait(false)
            || !await staged.SettleAsync(layer.Hasher, cancellationToken).ConfigureAwait(false))
        {
            return (Fate.Skipped, "");
        }

        var lease = await layer.Boundary.AttemptAsync("publish", null, pulse => Publish(layer, entry, content, staged, save, pulse), cancellationToken).ConfigureAwait(false);
        await layer.ReleaseAsync(lease).ConfigureAwait(false);
        return (lease is null ? Fate.Skipped : Fate.Stored, "");
    }

    private static string[] PlaceOf(EntryLayer layer, ManifestContent content, StagedEntry staged)
    {
        var paths = content.Files.Select(file => Path.Combine(staged.Directory, file.Path)).ToArray();
        foreach (var directory in paths.Select(static path => Path.GetDirectoryName(path)!).Distinct())
        {
            try
            {
                // With the cache's own permissions, so that every user of it may evict the entry.
                layer.Directory.MakeDirectory(directory);
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                // Met again, and told, by whoever writes the first file there.
            }
        }

        return paths;
    }

    // The whole judgement of an encode needs its recipe, which only a job has. That its playlist closes is true for all of them.
    private static async Task<string?> OpenPlaylistAsync(EntryLayer layer, RemoteEntry entry, ManifestContent content, StagedEntry staged)
    {
        var profile = ProfileEntry.Read(content, entry.Name, Path.Combine(staged.Directory, ProfileEntry.StoredPath("")), CacheOutcome.Hit)!;
        return await layer.Boundary.AttemptAsync(
            "judge",
            null,
            _ =>
            {
                try
                {
                    PlaylistWalk.Read(layer.Files, profile.Directory, profile.Playlist);
                    return (string?)null;
                }
                catch (InvalidDataException open)
                {
                    return open.Message;
                }
            },
            CancellationToken.None).ConfigureAwait(false);
    }

    private static bool Own(StagedEntry staged, ManifestContent content)
    {
        foreach (var file in content.Files)
        {
            staged.Own(file.Path);
        }

        return true;
    }

    private EntryLease? Publish(EntryLayer layer, RemoteEntry entry, ManifestContent content, StagedEntry staged, Rejections.Save save, OperationPulse pulse)
    {
        var source = PackIdentity.ContentOf(content, entry.Kind == EntryKind.Source ? "content" : "source")!;
        var mine = content with
        {
            Created = layer.Time.GetUtcNow(),

            // Those of a source say how it came there.
            Properties = entry.Kind == EntryKind.Source ? new Dictionary<string, string>() : content.Properties,
        };
        var manifest = staged.Finish(mine, pulse);
        if (save.IsRejected(source) || sources.Catalog.IsDropped(source))
        {
            // Somebody here found it bad.
            return null;
        }

        var lease = staged.PublishAs(entry.Name, layer.Entries, manifest, there => KeyPreimage.AreEqual(there.Content.Key, content.Key), pulse, out _);
        if (lease is not null && staged.StoredBytes > 0)
        {
            layer.Events.Observe(layer.Event(CacheEventKind.Published, entry.Name, manifest.TotalLength, content.CostSeconds, null));
            layer.Record(new HistoryEvent(HistoryEventKind.Stored) { Layer = layer.Name, Entry = entry.Name, Bytes = manifest.TotalLength, Cost = TimeSpan.FromSeconds(content.CostSeconds) });
        }

        return lease;
    }
}
