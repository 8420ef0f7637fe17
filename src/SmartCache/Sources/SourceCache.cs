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

        if (await FindAsync(key, CacheOutcome.Hit, null, cancellationToken).ConfigureAwait(false) is { } hit)
        {
            return hit;
        }

        var production = await store.Layer.Gate.EnterAsync(key.Name, progress, cancellationToken).ConfigureAwait(false);
        try
        {
            var outcome = production.Waited ? CacheOutcome.Joined : CacheOutcome.Hit;
            return await FindAsync(key, outcome, production, cancellationToken).ConfigureAwait(false)
                ?? await ProduceAsync(key, produce, production, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            await store.Layer.ReleaseAsync(production).ConfigureAwait(false);
        }
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

        var intake = new SourceIntake(key, store.Layer.Time.GetUtcNow(), cost);
        if (await store.TakeAsync(file, intake, cancellationToken).ConfigureAwait(false) is not { } taken)
        {
            return null;
        }

        try
        {
            return await store.StoreAsync(taken, intake, null, cancellationToken).ConfigureAwait(false) is { } lease
                ? await WrapAsync(lease, CacheOutcome.Miss, file, cancellationToken).ConfigureAwait(false)
                : null;
        }
        finally
        {
            await store.Layer.ReleaseAsync(taken).ConfigureAwait(false);
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
        var found = await store.FindAsync(key, outcome, cancellationToken).ConfigureAwait(false);
        return found.Lease is { } lease ? await WrapAsync(lease, found.Media!, outcome, production, cancellationToken).ConfigureAwait(false) : null;
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
            const string fileName = "source.bin";
            var path = Path.Combine(staged.Directory, fileName);
            production.Watch(path);
            await produce(path, cancellationToken).ConfigureAwait(false);
            staged.Own(fileName);
            var taken = new TakenSource(path, staged);
            var intake = new SourceIntake(key, began, store.Layer.Time.GetElapsedTime(clock));
            var accepted = await store.IsSettledAsync(taken, intake).ConfigureAwait(false)
                && await store.IsAcceptableAsync(path, intake, cancellationToken).ConfigureAwait(false);
            if (accepted
                && await store.StoreAsync(taken, intake, null, cancellationToken).ConfigureAwait(false) is { } lease
                && await WrapAsync(lease, CacheOutcome.Miss, null, cancellationToken).ConfigureAwait(false) is { } stored)
            {
                await store.Layer.ReleaseAsync(staged).ConfigureAwait(false);
                return stored;
            }

            if (!File.Exists(path))
            {
                // Published, but given up before it could be told: the file is in the entry and no longer in the staging.
                await store.Layer.ReleaseAsync(staged).ConfigureAwait(false);
                return (taken.ContentHash is { } hash && await LeaseAsync(hash, cancellationToken).ConfigureAwait(false) is { } late
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
        var directory = PrivateDirectory.OutsideTheCache();
        try
        {
            var path = Path.Combine(directory.Path, "source.bin");
            await produce(path, cancellationToken).ConfigureAwait(false);
            return await KeepPrivateAsync(directory, path, cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            directory.Dispose();
            throw;
        }
    }

    private async Task<CachedSource> KeepPrivateAsync(IDisposable owner, string path, CancellationToken cancellationToken)
    {
        // The worker's own file now: hashing it is part of the promise, and its failure is the caller's to see.
        var hash = await Task.Run(() => store.Layer.Hasher.HashFile(path, OperationPulse.Unwatched(cancellationToken)), cancellationToken).ConfigureAwait(false)
            ?? throw new IOException("The produced file changed while it was hashed.");
        var media = new SourceMedia(hash, new FileInfo(path).Length, new Dictionary<string, string>());
        return new CachedSource(store.Layer, new LentFiles(store.Layer, owner, path), media, CacheOutcome.Bypass);
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
        bool isOwn;
        ContentFacts? facts;
        try
        {
            isOwn = own is not null && lease.IsShared && await store.Layer.Boundary.AttemptAsync(
                "check", false, _ => lease.IsSharedOnlyWith([(0, own)]), cancellationToken).ConfigureAwait(false);
            facts = await store.Layer.Boundary.AttemptAsync("read facts", null, _ => store.Catalog.Facts(file.Sha256), cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            await store.Layer.ReleaseAsync(lease).ConfigureAwait(false);
            throw;
        }

        var media = facts?.ToMedia() ?? new SourceMedia(file.Sha256, file.Length, new Dictionary<string, string>());
        return isOwn
            ? new CachedSource(store.Layer, lease, media, outcome)
            : await WrapAsync(lease, media, outcome, null, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>A lease on a path that no other job writes to; <see langword="null"/> where the entry has just been found changed.</summary>
    private async ValueTask<CachedSource?> WrapAsync(EntryLease lease, SourceMedia media, CacheOutcome outcome, Production? production, CancellationToken cancellationToken)
    {
        if (!lease.IsShared)
        {
            return new CachedSource(store.Layer, lease, media, outcome);
        }

        var held = lease;
        try
        {
            // Nobody waits for a copy as for a production.
            await store.Layer.ReleaseAsync(production).ConfigureAwait(false);
            var name = Path.GetFileName(lease.Manifest.Content.Files[0].Path);
            var (lent, hasChanged) = await LentFiles.MakeAsync(store.Layer, lease, [(0, name)], cancellationToken).ConfigureAwait(false);
            if (lent is not null || hasChanged)
            {
                return lent is null ? null : new CachedSource(store.Layer, lent, media, outcome);
            }

            held = null;
            return new CachedSource(store.Layer, lease, media, outcome);
        }
        finally
        {
            if (held is not null)
            {
                await store.Layer.ReleaseAsync(held).ConfigureAwait(false);
            }
        }
    }
}
