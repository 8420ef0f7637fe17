using SmartCache.Diagnostics;
using SmartCache.Layers;
using SmartCache.Space;
using SmartCache.Storage;

namespace SmartCache.Profiles;

/// <summary>Takes a profile of another host into this host's cache, for a job that has no directory for it yet.</summary>
internal sealed class FetchedProfile(ProfileStore store, SharedProfiles shared, ProfileKey key)
{
    private SpaceReservation? _reserved;

    /// <summary>A lease on the entry; <see langword="null"/> where nobody has the profile, or it cannot be stored here.</summary>
    public async Task<EntryLease?> IntoCacheAsync(string name, string? jobId, CancellationToken cancellationToken)
    {
        Subject.Current = new Subject(jobId, name, key.Name);
        if (await store.Layer.Boundary.AttemptAsync("stage", null, _ => PrivateDirectory.InStaging(store.Layer.Directory), cancellationToken).ConfigureAwait(false) is not { } directory)
        {
            return null;
        }

        try
        {
            var place = new ProfilePlace(name, directory.Path, jobId) { Reserve = ReserveAsync };
            var fetched = await shared.FetchAsync(store, key, place, CacheOutcome.Hit, null, cancellationToken).ConfigureAwait(false);
            return fetched.IsThere ? await StoreAsync(fetched, directory.Path, jobId, cancellationToken).ConfigureAwait(false) : null;
        }
        catch (Exception fault) when (!cancellationToken.IsCancellationRequested)
        {
            store.Layer.Boundary.Report("fetch into the cache", fault);
            return null;
        }
        finally
        {
            await store.Layer.ReleaseAsync(directory).ConfigureAwait(false);
            if (_reserved is { } reserved)
            {
                await reserved.DisposeAsync().ConfigureAwait(false);
            }
        }
    }

    // It comes into the cache's own file system: that takes space as every entry does.
    private async ValueTask<bool> ReserveAsync(ManifestContent content, CancellationToken cancellationToken)
    {
        if (_reserved is not null)
        {
            // Read once more, because it changed meanwhile.
            await _reserved.DisposeAsync().ConfigureAwait(false);
        }

        var needed = StagedSpace.NeededFor(content.Files);
        var newcomer = EntrySpace.Newcomer(key.Name, EntryKind.Profile, needed, TimeSpan.FromSeconds(content.CostSeconds), null, store.Layer.Time.GetUtcNow());
        (_reserved, _) = await store.Space.ReserveAsync(
            new SpaceRequest(store.Layer.Directory, needed, needed) { Inodes = content.Files.Count + 5, Newcomer = newcomer }, EntryName.Short(key.Name), cancellationToken).ConfigureAwait(false);
        return _reserved is not null;
    }

    private async Task<EntryLease?> StoreAsync(SharedProfile fetched, string directory, string? jobId, CancellationToken cancellationToken)
    {
        var intake = new ProfileIntake(store, key, fetched.Profile!, fetched.Contents!) { Cost = fetched.Cost, JobId = jobId, OutputDirectory = directory, IsFetched = true, Reserved = _reserved };
        try
        {
            return await intake.TakeAsync(cancellationToken).ConfigureAwait(false) ? await intake.StoreAsync(cancellationToken).ConfigureAwait(false) : null;
        }
        finally
        {
            await store.Layer.ReleaseAsync(intake).ConfigureAwait(false);
        }
    }
}
