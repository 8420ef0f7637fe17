using SmartCache.Diagnostics;
using SmartCache.Profiles;
using SmartCache.Storage;

namespace SmartCache;

/// <summary>
/// Which stages a job still needs, and leases on what it does not. Made by <see cref="ICacheManager.PlanAsync"/>; dispose of it when the job is done.
/// </summary>
public sealed class JobPlan : IAsyncDisposable
{
    private readonly ProfileStore _store;
    private readonly IProfileEncoder _encoder;
    private readonly DownloadRequest _request;
    private readonly Dictionary<string, PlannedProfile> _profiles;
    private readonly EntryLease? _source;
    private readonly SemaphoreSlim _fetching = new(1, 1);
    private DownloadedVideo? _fetched;

    internal JobPlan(ProfileStore store, IProfileEncoder encoder, DownloadRequest request, SourceMedia? media, EntryLease? source, IReadOnlyList<PlannedProfile> profiles)
    {
        _store = store;
        _encoder = encoder;
        _request = request;
        _source = source;
        _profiles = profiles.ToDictionary(static planned => planned.Profile.Name);
        Media = media;
        Cached = [.. profiles.Where(static planned => planned.Lease is not null).Select(static planned => planned.Profile)];
        Missing = [.. profiles.Where(static planned => planned.Lease is null).Select(static planned => planned.Profile)];
    }

    /// <summary>What is known of the source; <see langword="null"/> where it was never seen, so that every stage is needed.</summary>
    public SourceMedia? Media { get; }

    /// <summary>Whether the source itself is cached, and stays so while the plan is held.</summary>
    public bool IsSourceCached => _source is not null;

    /// <summary>Whether anything must be encoded, so that the source is needed.</summary>
    public bool NeedsSource => Missing.Count > 0;

    /// <summary>Profiles that are cached, and stay so while the plan is held.</summary>
    public IReadOnlyList<EncodingProfile> Cached { get; }

    /// <summary>Profiles that must be encoded.</summary>
    public IReadOnlyList<EncodingProfile> Missing { get; }

    /// <summary>
    /// Gives one profile of the plan: from its lease where it is cached, without describing it again, else by the encoder.
    /// Where a cached one turns out damaged it is encoded after all, so that the cache never fails the job.
    /// </summary>
    /// <param name="profile">A profile that the plan was made for.</param>
    /// <param name="outputDirectory">Where its files go; they are the caller's.</param>
    /// <param name="fetchSource">Downloads the source. Called at most once, by the first profile that needs it, and not at all where none does.</param>
    /// <param name="progress">Receives progress of an encode, or of a hit that takes long.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="ArgumentException">The profile is not one of the plan's.</exception>
    public async Task<EncodedProfile> EncodeAsync(
        EncodingProfile profile,
        string outputDirectory,
        Func<CancellationToken, Task<DownloadedVideo>> fetchSource,
        IProgress<StageProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(profile);
        ArgumentException.ThrowIfNullOrEmpty(outputDirectory);
        ArgumentNullException.ThrowIfNull(fetchSource);
        if (!_profiles.TryGetValue(profile.Name, out var planned))
        {
            throw new ArgumentException($"The plan was not made for a profile '{profile.Name}'.", nameof(profile));
        }

        if (planned is { Lease: { } lease, Key: { } key })
        {
            var subject = Subject.Current = new Subject(_request.JobId, profile.Name, key.Name);
            using var report = _store.Layer.Report(subject, outputDirectory);
            if (await _store.MaterializeAsync(lease, key, profile.Name, outputDirectory, _request.JobId, report, progress, cancellationToken).ConfigureAwait(false) is { } hit)
            {
                report.Finish(CacheOutcome.Hit);
                return hit;
            }
        }

        var source = await FetchOnceAsync(fetchSource, cancellationToken).ConfigureAwait(false);
        var request = new EncodeRequest(source, planned.Profile, outputDirectory) { Recipe = planned.Key?.Recipe, JobId = _request.JobId, Use = _request.Use };

        // A recipe described for one content says nothing about another one that the origin serves by now.
        var isSame = Media is not null && source.Media is { } fetched && fetched.ContentHash == Media.ContentHash;
        return await _encoder.EncodeAsync(isSame ? request : request with { Recipe = null }, progress, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc />
    public ValueTask DisposeAsync() => _store.Layer.ReleaseAsync([_source, .. _profiles.Values.Select(static planned => planned.Lease)]);

    private async Task<DownloadedVideo> FetchOnceAsync(Func<CancellationToken, Task<DownloadedVideo>> fetchSource, CancellationToken cancellationToken)
    {
        await _fetching.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            return _fetched ??= await fetchSource(cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _fetching.Release();
        }
    }
}
