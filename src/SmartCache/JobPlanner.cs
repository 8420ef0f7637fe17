using SmartCache.Abstractions;
using SmartCache.Diagnostics;
using SmartCache.Profiles;
using SmartCache.Storage;

namespace SmartCache;

/// <summary>Makes a <see cref="JobPlan"/>: what is known of the source, which recipes its profiles have, and which of those are cached.</summary>
internal sealed class JobPlanner(CacheManager cache)
{
    public async Task<JobPlan> PlanAsync(DownloadRequest request, IReadOnlyList<EncodingProfile> profiles, IProfileEncoder encoder, CancellationToken cancellationToken)
    {
        Subject.Current = new Subject(request.JobId, Key: cache.SourceStore.KeyOf(request)?.Name);
        var media = await cache.TryGetMediaAsync(request, cancellationToken).ConfigureAwait(false);
        var planned = new List<PlannedProfile>();
        EntryLease? source = null;
        try
        {
            foreach (var profile in profiles)
            {
                planned.Add(await PlanOneAsync(media, profile, request, encoder, cancellationToken).ConfigureAwait(false));
            }

            await FetchMissingAsync(planned, request, cancellationToken).ConfigureAwait(false);
            if (media is not null && cache.SourceStore.Layer.Mode == LayerMode.On && cache.SourceStore.KeyOf(request) is { } key)
            {
                source = (await cache.SourceStore.FindAsync(key, request.ExpectedLength, CacheOutcome.Hit, cancellationToken).ConfigureAwait(false)).Lease;
            }

            return new LeasedPlan(cache.ProfileStore, encoder, request, media, source, planned);
        }
        catch
        {
            await cache.ProfileStore.Layer.ReleaseAsync([source, .. planned.Select(static one => one.Lease)]).ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>What other hosts of the pool have is fetched now, all at once: a plan leases what it promises.</summary>
    private async Task FetchMissingAsync(List<PlannedProfile> planned, DownloadRequest request, CancellationToken cancellationToken)
    {
        // Into the cache: not for who wants nothing stored.
        if (cache.ProfileStore.Shared is not { } shared || request.Use == CacheUse.NoStore || !shared.MayHave(request.Use))
        {
            return;
        }

        await Task.WhenAll(Enumerable.Range(0, planned.Count).Select(async index =>
        {
            if (planned[index] is { Lease: null, Key: { Recipe.WhyNotCacheable: null } key } missing && SharedProfiles.CanJudge(key))
            {
                planned[index] = missing with { Lease = await new FetchedProfile(cache.ProfileStore, shared, key).IntoCacheAsync(missing.Profile.Name, request.JobId, cancellationToken).ConfigureAwait(false) };
            }
        })).ConfigureAwait(false);
    }

    private async Task<PlannedProfile> PlanOneAsync(
        SourceMedia? media, EncodingProfile profile, DownloadRequest request, IProfileEncoder encoder, CancellationToken cancellationToken)
    {
        var store = cache.ProfileStore;
        Subject.Current = new Subject(request.JobId, profile.Name);
        if (media is null || store.Layer.Mode != LayerMode.On)
        {
            return new PlannedProfile(profile, null, null);
        }

        if (await store.DescribeAsync(encoder, media, profile, cancellationToken).ConfigureAwait(false) is not { } recipe || store.KeyOf(media, recipe) is not { } key)
        {
            return new PlannedProfile(profile, null, null);
        }

        Subject.Current = new Subject(request.JobId, profile.Name, key.Name);
        if (!recipe.Cacheable || string.IsNullOrEmpty(recipe.EncoderVersion) || request.Use is CacheUse.Refresh or CacheUse.Bypass)
        {
            return new PlannedProfile(profile, key, null);
        }

        var found = await store.FindAsync(key, cancellationToken).ConfigureAwait(false);
        return new PlannedProfile(profile, key, found.Lease);
    }
}
