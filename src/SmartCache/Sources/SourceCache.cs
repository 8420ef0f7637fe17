using SmartCache.Abstractions;
using SmartCache.Diagnostics;
using SmartCache.Layers;
using SmartCache.Storage;
using SmartCache.Storage.Platform;

namespace SmartCache.Sources;

/// <summary><see cref="ISourceCache"/> on the source store.</summary>
internal sealed class SourceCache(SourceStore store) : ISourceCache
{
    private bool IsOn => store.Layer.Mode == LayerMode.On;

    public async ValueTask<CachedSource?> TryGetAsync(SourceKey key, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(key);
        Subject.SetKey(key.Name);
        return IsOn ? await FindAsync(key, CacheOutcome.Hit, null, cancellationToken).ConfigureAwait(false) : null;
    }

    public async Task<CachedSource> GetOrAddAsync(
        SourceKey key, Func<string, CancellationToken, Task> produce, IProgress<StageProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(key);
        ArgumentNullException.ThrowIfNull(produce);
        Subject.SetKey(key.Name);
        if (!IsOn)
        {
            return await ProduceOutsideAsync(produce, cancellationToken).ConfigureAwait(false);
        }

        return await store.Layer.SingleFlight.RunAsync(
            key.Name,
            production => FindAsync(key, production.OutcomeOfFinding, production, cancellationToken),
            production => ProduceAsync(key, produce, production, cancellationToken),
            progress,
            cancellationToken).ConfigureAwait(false);
    }

    public async Task<CachedSource?> AddAsync(SourceKey key, string file, TimeSpan cost = default, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(key);
        ArgumentException.ThrowIfNullOrEmpty(file);
        Subject.SetKey(key.Name);
        if (!IsOn)
        {
            return null;
        }

        var intake = new SourceIntake(store, key, file, store.Layer.Time.GetUtcNow()) { Cost = cost };
        try
        {
            return await intake.TakeAsync(cancellationToken).ConfigureAwait(false) && await intake.StoreAsync(cancellationToken).ConfigureAwait(false) is { } lease
                ? await WrapAsync(lease, CacheOutcome.Miss, file, cancellationToken).ConfigureAwait(false)
                : null;
        }
        finally
        {
            await store.Layer.ReleaseAsync(intake).ConfigureAwait(false);
        }
    }

    public async ValueTask<bool> RemoveAsync(SourceKey key, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(key);
        Subject.SetKey(key.Name);
        return store.Layer.Mode != LayerMode.Off && await store.Layer.Boundary.AttemptAsync(
            "remove",
            false,
            _ =>
            {
                var record = store.Catalog.Find(key, out var _);
                var known = store.Catalog.Forget(key);
                return (record is not null && store.Remove(record.ContentHash, "removed by the worker")) || known;
            },
            cancellationToken).ConfigureAwait(false);
    }

    private async ValueTask<CachedSource?> FindAsync(SourceKey key, CacheOutcome outcome, Production? production, CancellationToken cancellationToken)
    {
        var found = await store.FindAsync(key, null, outcome, cancellationToken).ConfigureAwait(false);
        if (found.Lease is not { } lease)
        {
            return null;
        }

        if (lease.Manifest.Content.Properties.ContainsKey(AheadRecords.Property))
        {
            var now = store.Layer.Time.GetUtcNow();
            var ahead = await store.Layer.Boundary.AttemptAsync("book use", null, _ => store.UseAhead(lease, now), CancellationToken.None).ConfigureAwait(false);
            outcome = ahead is not null && outcome == CacheOutcome.Hit ? CacheOutcome.Prefetched : outcome;
        }

        return await WrapAsync(lease, found.Media!, outcome, null, production, cancellationToken).ConfigureAwait(false);
    }

    private async Task<CachedSource> ProduceAsync(
        SourceKey key, Func<string, CancellationToken, Task> produce, Production production, CancellationToken cancellationToken)
    {
        var began = store.Layer.Time.GetUtcNow();
        var clock = store.Layer.Time.GetTimestamp();
        var staged = await store.Layer.Boundary.AttemptAsync(
            "stage", null, _ => new StagedEntry(store.Layer.Directory, store.Layer.Transfer), cancellationToken).ConfigureAwait(false);
        if (staged is null)
        {
            return await ProduceOutsideAsync(produce, cancellationToken).ConfigureAwait(false);
        }

        try
        {
            var path = Path.Combine(staged.Directory, "source.bin");
            production.Watch(path);
            await TransferAsync(produce, path, cancellationToken).ConfigureAwait(false);
            production.Watch(staged);
            var intake = new SourceIntake(store, key, path, began) { Cost = store.Layer.Time.GetElapsedTime(clock) };
            if (await intake.TakeOwnAsync(staged, cancellationToken).ConfigureAwait(false)
                && await intake.StoreAsync(cancellationToken).ConfigureAwait(false) is { } lease
                && await WrapAsync(lease, CacheOutcome.Miss, null, cancellationToken).ConfigureAwait(false) is { } stored)
            {
                await store.Layer.ReleaseAsync(staged).ConfigureAwait(false);
                return stored;
            }

            if (!store.Layer.Files.FileExists(path))
            {
                // Published, but given up before it could be told: the file is in the entry and no longer in the staging.
                await store.Layer.ReleaseAsync(staged).ConfigureAwait(false);
                return (intake.ContentHash is { } hash && await LeaseAsync(hash, cancellationToken).ConfigureAwait(false) is { } late
                        ? await WrapAsync(late, CacheOutcome.Miss, null, cancellationToken).ConfigureAwait(false)
                        : null)
                    ?? await ProduceOutsideAsync(produce, cancellationToken).ConfigureAwait(false);
            }

            return await KeepPrivateAsync(staged, path, cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            await store.Layer.ReleaseAsync(staged).ConfigureAwait(false);
            throw;
        }
    }

    private async Task<CachedSource> ProduceOutsideAsync(Func<string, CancellationToken, Task> produce, CancellationToken cancellationToken)
    {
        var directory = PrivateDirectory.OutsideTheCache(store.Layer.Files);
        try
        {
            var path = Path.Combine(directory.Path, "source.bin");
            await TransferAsync(produce, path, cancellationToken).ConfigureAwait(false);
            return await KeepPrivateAsync(directory, path, cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            directory.Dispose();
            throw;
        }
    }

    // What is fetched ahead makes way for it, as for a downloader.
    private async Task TransferAsync(Func<string, CancellationToken, Task> produce, string path, CancellationToken cancellationToken)
    {
        store.Layer.Stages.DownloadStageBegins();
        try
        {
            await produce(path, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            store.Layer.Stages.DownloadStageEnds();
        }
    }

    private async Task<CachedSource> KeepPrivateAsync(IDisposable owner, string path, CancellationToken cancellationToken)
    {
        // The worker's own file now: hashing it is part of the promise, and its failure is the caller's to see.
        var (hash, length) = await Task.Run(
            () => (store.Layer.Hasher.HashFile(path, OperationPulse.Unwatched(cancellationToken), out var facts), facts.Length), cancellationToken).ConfigureAwait(false);
        var media = new SourceMedia { ContentHash = hash ?? throw new IOException("The produced file changed while it was hashed."), Length = length };
        return new HeldSource(new LeasedFiles(store.Layer, new LentFiles(store.Layer, owner, path)), media, CacheOutcome.Bypass);
    }

    private ValueTask<EntryLease?> LeaseAsync(string contentHash, CancellationToken cancellationToken) =>
        store.Layer.Boundary.AttemptAsync(
            "find",
            null,
            pulse =>
            {
                var lease = store.Layer.Entries.TryLease(ContentName.Of(contentHash), pulse, out _);
                if (lease is not null && !SourceEntry.IsOf(lease.Manifest.Content, contentHash))
                {
                    lease.Dispose();
                    lease = null;
                }

                return lease;
            },
            cancellationToken);

    /// <summary>A lease on what was stored just now.</summary>
    /// <param name="lease">The entry.</param>
    /// <param name="outcome">How it came here.</param>
    /// <param name="own">The caller's own file that it was stored from.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    private async ValueTask<CachedSource?> WrapAsync(EntryLease lease, CacheOutcome outcome, string? own, CancellationToken cancellationToken)
    {
        var file = lease.Manifest.Content.Files[0];
        ContentFacts? facts;
        try
        {
            facts = await store.Layer.Boundary.AttemptAsync("read facts", null, _ => store.Catalog.Facts(file.Sha256), cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            await store.Layer.ReleaseAsync(lease).ConfigureAwait(false);
            throw;
        }

        var media = facts?.ToMedia() ?? new SourceMedia { ContentHash = file.Sha256, Length = file.Length };
        return await WrapAsync(lease, media, outcome, own, null, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>A lease on a path that no other job writes to; <see langword="null"/> where the entry has just been found changed.</summary>
    private async ValueTask<CachedSource?> WrapAsync(
        EntryLease lease, SourceMedia media, CacheOutcome outcome, string? own, Production? production, CancellationToken cancellationToken)
    {
        var name = Path.GetFileName(lease.Manifest.Content.Files[0].Path);
        var files = await LeasedFiles.OfAsync(store.Layer, store.Space, lease, [(0, name)], own is null ? null : [(0, own)], production, cancellationToken).ConfigureAwait(false);
        return files is null ? null : new HeldSource(files, media, outcome);
    }
}
