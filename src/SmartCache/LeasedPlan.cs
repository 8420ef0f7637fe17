using SmartCache.Diagnostics;
using SmartCache.Layers;
using SmartCache.Profiles;
using SmartCache.Storage;

namespace SmartCache;

/// <summary>A plan with the leases on what it promises.</summary>
internal sealed class LeasedPlan : JobPlan
{
    private readonly ProfileStore _store;
    private readonly IProfileEncoder _encoder;
    private readonly DownloadRequest _request;
    private readonly Dictionary<string, PlannedProfile> _profiles;
    private readonly SemaphoreSlim _fetching = new(1, 1);
    private EntryLease? _source;
    private DownloadedVideo? _fetched;

    public LeasedPlan(ProfileStore store, IProfileEncoder encoder, DownloadRequest request, SourceMedia? media, EntryLease? source, IReadOnlyList<PlannedProfile> profiles)
    {
        _store = store;
        _encoder = encoder;
        _request = request;
        _source = source;
        IsSourceCached = source is not null;
        _profiles = profiles.ToDictionary(static planned => planned.Profile.Name);
        Media = media;
        Cached = [.. profiles.Where(static planned => planned.Lease is not null).Select(static planned => planned.Profile)];
        Missing = [.. profiles.Where(static planned => planned.Lease is null).Select(static planned => planned.Profile)];
    }

    public override SourceMedia? Media { get; }

    public override bool IsSourceCached { get; }

    public override IReadOnlyList<EncodingProfile> Cached { get; }

    public override IReadOnlyList<EncodingProfile> Missing { get; }

    public override async Task<EncodedProfile> EncodeAsync(
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
            using var report = new StageReport(_store.Layer, subject);
            var place = new ProfilePlace(profile.Name, outputDirectory, _request.JobId);
            if ((await _store.MaterializeAsync(key, place, report, CacheOutcome.Hit, progress, cancellationToken, lease).ConfigureAwait(false)).Profile is { } hit)
            {
                report.Finish(CacheOutcome.Hit);
                return hit;
            }
        }

        var source = await FetchOnceAsync(fetchSource, cancellationToken).ConfigureAwait(false);
        return await _encoder.EncodeAsync(RequestFor(planned, source, outputDirectory), progress, cancellationToken).ConfigureAwait(false);
    }

    public override async Task<IReadOnlyList<EncodedProfile>> EncodeMissingAsync(
        Func<EncodingProfile, string> outputDirectory,
        Func<CancellationToken, Task<DownloadedVideo>> fetchSource,
        Func<EncodingProfile, EncodedProfile, Task>? finished = null,
        IProgress<StageProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(outputDirectory);
        ArgumentNullException.ThrowIfNull(fetchSource);
        if (Missing.Count < 2 || _encoder is not ILadderEncoder ladder)
        {
            return await base.EncodeMissingAsync(outputDirectory, fetchSource, finished, progress, cancellationToken).ConfigureAwait(false);
        }

        var source = await FetchOnceAsync(fetchSource, cancellationToken).ConfigureAwait(false);
        List<EncodeRequest> requests = [.. Missing.Select(profile => RequestFor(_profiles[profile.Name], source, outputDirectory(profile)))];
        var made = new Dictionary<string, EncodedProfile>();
        var together = await ladder.EncodeTogetherAsync(requests, (request, encoded) => TellAsync(request.Profile, encoded), progress, cancellationToken).ConfigureAwait(false);

        // The decorated encoder gives all and tells of each. One that is not may leave some out.
        foreach (var request in requests.Where(request => !made.ContainsKey(request.Profile.Name)))
        {
            var encoded = together.FirstOrDefault(one => one.Name == request.Profile.Name)
                ?? await _encoder.EncodeAsync(request, progress, cancellationToken).ConfigureAwait(false);
            await TellAsync(request.Profile, encoded).ConfigureAwait(false);
        }

        return [.. Missing.Select(profile => made[profile.Name])];

        async Task TellAsync(EncodingProfile profile, EncodedProfile encoded)
        {
            made[profile.Name] = encoded;
            await (finished?.Invoke(profile, encoded) ?? Task.CompletedTask).ConfigureAwait(false);
        }
    }

    public override ValueTask DisposeAsync() => _store.Layer.ReleaseAsync([Interlocked.Exchange(ref _source, null), .. _profiles.Values.Select(static planned => planned.Lease)]);

    private EncodeRequest RequestFor(PlannedProfile planned, DownloadedVideo source, string outputDirectory)
    {
        // A recipe described for one content says nothing about another one that the origin serves by now.
        var isSame = Media is not null && source.Media is { } fetched && fetched.ContentHash == Media.ContentHash;
        return new EncodeRequest(source, planned.Profile, outputDirectory) { Recipe = isSame ? planned.Key?.Recipe : null, JobId = _request.JobId, Use = _request.Use };
    }

    private async Task<DownloadedVideo> FetchOnceAsync(Func<CancellationToken, Task<DownloadedVideo>> fetchSource, CancellationToken cancellationToken)
    {
        await _fetching.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (_fetched is null)
            {
                // Beside a lease the hit would be a copy: a link is made only of what nobody else holds.
                await _store.Layer.ReleaseAsync(Interlocked.Exchange(ref _source, null)).ConfigureAwait(false);
                _fetched = await fetchSource(cancellationToken).ConfigureAwait(false);
            }

            return _fetched;
        }
        finally
        {
            _fetching.Release();
        }
    }
}
