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
        return IsOn ? (await FindAsync(key, CacheOutcome.Hit, null, cancellationToken).ConfigureAwait(false)).Profile : null;
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

        var why = default(Reason);
        return await store.Layer.SingleFlight.RunAsync(
            ProfileAcceptance.Expected(key) is not null ? key.Name : null,
            async production =>
            {
                var found = await FindAsync(key, production.OutcomeOfFinding, production, cancellationToken).ConfigureAwait(false);
                why = found.Reason;
                return found.Profile;
            },
            production => ProduceAsync(key, produce, replaces: why.Code == CacheReason.NotAccepted, production, cancellationToken),
            progress,
            cancellationToken).ConfigureAwait(false);
    }

    public Task<CachedProfile?> AddAsync(ProfileKey key, EncodedProfile profile, TimeSpan cost = default, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(key);
        ArgumentNullException.ThrowIfNull(profile);
        return AddAsync(key, profile, null, cost, replaces: false, cancellationToken);
    }

    private async Task<CachedProfile?> AddAsync(
        ProfileKey key, EncodedProfile profile, DirectoryBefore? before, TimeSpan cost, bool replaces, CancellationToken cancellationToken)
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

        var intake = new ProfileIntake(store, key, profile, contents) { Cost = cost, ReplacesStored = replaces };
        try
        {
            return await intake.TakeAsync(cancellationToken).ConfigureAwait(false) && await intake.StoreAsync(cancellationToken).ConfigureAwait(false) is { } lease
                ? await WrapAsync(lease, profile, CacheOutcome.Miss, null, cancellationToken).ConfigureAwait(false)
                : null;
        }
        finally
        {
            await store.Layer.ReleaseAsync(intake).ConfigureAwait(false);
        }
    }

    public async ValueTask<bool> RemoveAsync(ProfileKey key, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(key);
        Subject.SetKey(key.Name);
        return store.Layer.Mode != LayerMode.Off && await store.Layer.Boundary.AttemptAsync(
            "remove", false, _ => store.Layer.Entries.Remove(key.Name, EntryRemoval.Trash, "removed by the worker"), cancellationToken).ConfigureAwait(false);
    }

    private async ValueTask<(CachedProfile? Profile, Reason Reason)> FindAsync(ProfileKey key, CacheOutcome outcome, Production? production, CancellationToken cancellationToken)
    {
        var (lease, why) = await store.FindAsync(key, cancellationToken).ConfigureAwait(false);
        return (lease is null ? null : await WrapAsync(lease, null, outcome, production, cancellationToken).ConfigureAwait(false), why);
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
        if (ProfileEntry.Read(content, known, ProfileEntry.FilesOf(lease), outcome) is not { } profile)
        {
            await store.Layer.ReleaseAsync(lease).ConfigureAwait(false);
            return null;
        }

        var files = ProfileEntry.Files(content);
        var owned = own is null ? null : files.Select(file => (file.Index, Path.Combine(own.Directory, file.RelativePath)));
        var leased = await LeasedFiles.OfAsync(store.Layer, store.Space, lease, files, owned, production, cancellationToken).ConfigureAwait(false);
        return leased is null ? null : new HeldProfile(leased, leased.LentPath is { } path ? profile with { Directory = path } : profile);
    }

    private HeldProfile Private(PrivateDirectory directory, EncodedProfile made) =>
        new(new LeasedFiles(store.Layer, new LentFiles(store.Layer, directory, made.Directory)), made with { Outcome = CacheOutcome.Bypass });

    private async Task<CachedProfile> ProduceAsync(
        ProfileKey key, Func<string, CancellationToken, Task<EncodedProfile>> produce, bool replaces, Production production, CancellationToken cancellationToken)
    {
        var clock = store.Layer.Time.GetTimestamp();

        var directory = await store.Layer.Boundary.AttemptAsync("stage", null, _ => PrivateDirectory.InStaging(store.Layer.Directory), cancellationToken).ConfigureAwait(false)
            ?? PrivateDirectory.OutsideTheCache(store.Layer.Files);
        try
        {
            production.Watch(directory.Path);
            using var before = DirectoryBefore.Enter(store.Layer.Files, directory.Path);
            await store.LookAsync(before, cancellationToken).ConfigureAwait(false);
            var made = await produce(directory.Path, cancellationToken).ConfigureAwait(false);
            if (await AddAsync(key, made, before, store.Layer.Time.GetElapsedTime(clock), replaces, cancellationToken).ConfigureAwait(false) is { } added)
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
        var directory = PrivateDirectory.OutsideTheCache(store.Layer.Files);
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
