using SmartCache.Diagnostics;
using SmartCache.Storage;

namespace SmartCache.Profiles;

/// <summary>Takes a profile of another host into this host's cache, for a job that has no directory for it yet.</summary>
internal sealed class FetchedProfile(ProfileStore store, SharedProfiles shared, ProfileKey key)
{
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
            var place = new ProfilePlace(name, directory.Path, jobId);
            var fetched = await shared.FetchAsync(store, key, place, CacheOutcome.Hit, null, cancellationToken).ConfigureAwait(false);
            return fetched.IsThere ? await StoreAsync(fetched, directory.Path, jobId, cancellationToken).ConfigureAwait(false) : null;
        }
        finally
        {
            await store.Layer.ReleaseAsync(directory).ConfigureAwait(false);
        }
    }

    private async Task<EntryLease?> StoreAsync(SharedProfile fetched, string directory, string? jobId, CancellationToken cancellationToken)
    {
        var intake = new ProfileIntake(store, key, fetched.Profile!, fetched.Contents!) { Cost = fetched.Cost, JobId = jobId, OutputDirectory = directory, IsFetched = true };
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
