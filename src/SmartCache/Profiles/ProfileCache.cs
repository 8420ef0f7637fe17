using SmartCache.Abstractions;
using SmartCache.Diagnostics;
using SmartCache.Layers;
using SmartCache.Storage;

namespace SmartCache.Profiles;

/// <summary><see cref="IProfileCache"/> on the profile store.</summary>
internal sealed class ProfileCache(ProfileStore store) : IProfileCache
{
    private bool IsOn => store.Layer.Mode == LayerMode.On;

    public async ValueTask<CachedProfile?> TryGetAsync(ProfileKey key, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(key);
        Subject.SetKey(key.Name);
        return IsOn ? await FindAsync(key, CacheOutcome.Hit, cancellationToken).ConfigureAwait(false) : null;
    }

    public async Task<CachedProfile> GetOrAddAsync(
        ProfileKey key, Func<string, CancellationToken, Task<EncodedProfile>> produce, IProgress<StageProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(key);
        ArgumentNullException.ThrowIfNull(produce);
        Subject.SetKey(key.Name);
        if (!IsOn || key.Recipe.WhyNotCacheable is not null)
        {
            return await ProduceOutsideAsync(produce, cancellationToken).ConfigureAwait(false);
        }

        if (await FindAsync(key, CacheOutcome.Hit, cancellationToken).ConfigureAwait(false) is { } hit)
        {
            return hit;
        }

        var production = ProfileAcceptance.Expected(key) is not null
            ? await store.Layer.Gate.EnterAsync(key.Name, progress, cancellationToken).ConfigureAwait(false)
            : Production.WithoutLock(waited: false);
        try
        {
            var outcome = production.Waited ? CacheOutcome.Joined : CacheOutcome.Hit;
            var found = await store.FindAsync(key, cancellationToken).ConfigureAwait(false);
            return (found.Lease is { } lease ? await WrapAsync(lease, null, outcome, production, cancellationToken).ConfigureAwait(false) : null)
                ?? await ProduceAsync(key, produce, replaces: found.Reason.Code == CacheReason.NotAccepted, production, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            await store.Layer.ReleaseAsync(production).ConfigureAwait(false);
        }
    }

    public Task<CachedProfile?> AddAsync(ProfileKey key, EncodedProfile profile, TimeSpan cost = default, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(key);
        ArgumentNullException.ThrowIfNull(profile);
        return AddAsync(key, profile, null, new ProfileIntake(cost, null, Replaces: false), cancellationToken);
    }

    private async Task<CachedProfile?> AddAsync(
        ProfileKey key, EncodedProfile profile, DirectoryBefore? before, ProfileIntake intake, CancellationToken cancellationToken)
    {
        Subject.SetKey(key.Name, profile.Name);
        if (!IsOn || key.Recipe.WhyNotCacheable is not null)
        {
            return null;
        }

        var verdict = await store.JudgeAsync(key, profile, before, cancellationToken).ConfigureAwait(false);
        if (verdict.Contents is not { } contents)
        {
            store.Refuse(key, profile.Name, verdict.Why);
            return null;
        }

        if (await store.TakeAsync(profile, contents, intake, cancellationToken).ConfigureAwait(false) is not { } staged)
        {
            return null;
        }

        try
        {
            var complete = profile with { Duration = profile.Duration ?? contents.Duration };
            return await store.SettleAsync(profile.Name, staged, intake, cancellationToken).ConfigureAwait(false)
                && await store.StoreAsync(key, complete, staged, intake, null, cancellationToken).ConfigureAwait(false) is { } lease
                ? await WrapAsync(lease, profile, CacheOutcome.Miss, null, cancellationToken).ConfigureAwait(false)
                : null;
        }
        finally
        {
            await store.Layer.ReleaseAsync(staged).ConfigureAwait(false);
        }
    }

    public async ValueTask<bool> RemoveAsync(ProfileKey key, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(key);
        Subject.SetKey(key.Name);
        return store.Layer.Mode != LayerMode.Off && await store.Layer.Boundary.AttemptAsync(
            "remove", false, _ => store.Layer.Entries.Remove(key.Name, EntryRemoval.Trash, "removed by the worker"), cancellationToken).ConfigureAwait(false);
    }

    private async ValueTask<CachedProfile?> FindAsync(ProfileKey key, CacheOutcome outcome, CancellationToken cancellationToken)
    {
        var found = await store.FindAsync(key, cancellationToken).ConfigureAwait(false);
        return found.Lease is { } lease ? await WrapAsync(lease, null, outcome, null, cancellationToken).ConfigureAwait(false) : null;
    }

    /// <summary>A lease on files that no other job writes to; <see langword="null"/> where the entry is no profile, or has just been found changed.</summary>
    /// <param name="lease">The entry.</param>
    /// <param name="own">The caller's own profile that it was stored from.</param>
    /// <param name="outcome">How it came here.</param>
    /// <param name="production">Released before a copy is made: nobody waits for that as for a production.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    private async ValueTask<CachedProfile?> WrapAsync(
        EntryLease lease, EncodedProfile? own, CacheOutcome outcome, Production? production, CancellationToken cancellationToken)
    {
        var content = lease.Manifest.Content;
        var known = own?.Name ?? content.Properties.GetValueOrDefault("name") ?? lease.Name;
        var held = lease;
        try
        {
            if (ProfileEntry.Read(content, known, ProfileEntry.FilesOf(lease), outcome) is not { } profile)
            {
                return null;
            }

            var files = ProfileEntry.Files(content);
            var mayBeRead = !lease.IsShared || (own is not null && await store.Layer.Boundary.AttemptAsync(
                "check",
                false,
                _ => lease.IsSharedOnlyWith(files.Select(file => (file.Index, Path.Combine(own.Directory, file.RelativePath)))),
                cancellationToken).ConfigureAwait(false));
            if (!mayBeRead)
            {
                await store.Layer.ReleaseAsync(production).ConfigureAwait(false);
                var (lent, hasChanged) = await LentFiles.MakeAsync(store.Layer, lease, files, cancellationToken).ConfigureAwait(false);
                if (lent is not null || hasChanged)
                {
                    return lent is null ? null : new CachedProfile(store.Layer, lent, profile with { Directory = lent.Path });
                }
            }

            held = null;
            return new CachedProfile(store.Layer, lease, profile);
        }
        finally
        {
            if (held is not null)
            {
                await store.Layer.ReleaseAsync(held).ConfigureAwait(false);
            }
        }
    }

    private CachedProfile Private(PrivateDirectory directory, EncodedProfile made) =>
        new(store.Layer, new LentFiles(store.Layer, directory, made.Directory), made with { Outcome = CacheOutcome.Bypass });

    private async Task<CachedProfile> ProduceAsync(
        ProfileKey key, Func<string, CancellationToken, Task<EncodedProfile>> produce, bool replaces, Production production, CancellationToken cancellationToken)
    {
        var clock = store.Layer.Time.GetTimestamp();

        var directory = await store.Layer.Boundary.AttemptAsync("stage", null, _ => PrivateDirectory.InStaging(store.Layer.Directory), cancellationToken).ConfigureAwait(false)
            ?? PrivateDirectory.OutsideTheCache();
        try
        {
            production.Watch(directory.Path);
            using var before = DirectoryBefore.Enter(directory.Path);
            await store.LookAsync(before, cancellationToken).ConfigureAwait(false);
            var made = await produce(directory.Path, cancellationToken).ConfigureAwait(false);
            var intake = new ProfileIntake(store.Layer.Time.GetElapsedTime(clock), null, replaces);
            if (await AddAsync(key, made, before, intake, cancellationToken).ConfigureAwait(false) is { } added)
            {
                await store.Layer.ReleaseAsync(directory).ConfigureAwait(false);
                return added;
            }

            return Private(directory, made);
        }
        catch
        {
            await store.Layer.ReleaseAsync(directory).ConfigureAwait(false);
            throw;
        }
    }

    private async Task<CachedProfile> ProduceOutsideAsync(Func<string, CancellationToken, Task<EncodedProfile>> produce, CancellationToken cancellationToken)
    {
        var directory = PrivateDirectory.OutsideTheCache();
        try
        {
            return Private(directory, await produce(directory.Path, cancellationToken).ConfigureAwait(false));
        }
        catch
        {
            await store.Layer.ReleaseAsync(directory).ConfigureAwait(false);
            throw;
        }
    }
}
