using Microsoft.Extensions.Logging.Abstractions;
using SmartCache.Abstractions;
using SmartCache.Configuration;
using SmartCache.Diagnostics;
using SmartCache.History;
using SmartCache.Layers;
using SmartCache.Maintenance;
using SmartCache.Profiles;
using SmartCache.Sources;
using SmartCache.Space;
using SmartCache.Storage;
using SmartCache.Storage.Platform;
using SmartCache.Uploads;

namespace SmartCache;

/// <summary>
/// The cache of one process. Made by the container after <c>AddSmartCache()</c>; any number of processes may have one on the same directory.
/// Thread-safe. Disposing waits a few seconds for background saves.
/// </summary>
public sealed class CacheManager : ICacheManager, IAsyncDisposable, IDisposable
{
    private readonly CacheMeter _meter;
    private readonly CacheLayer _sourceLayer;
    private readonly CacheLayer _profileLayer;
    private readonly CacheLayer _uploadLayer;
    private readonly LayerDirectory _quota;
    private readonly LayerDirectory _requests;
    private readonly RequestLog _requestLog;
    private readonly CacheBoundary _accounting;
    private readonly IAsyncDisposable? _helpers;
    private int _disposed;

    internal CacheManager(CacheServices services)
    {
        var settings = services.Settings.Current;
        var time = services.Time;
        var logger = new GuardedLogger(new SubjectLogger(services.Logger));
        _helpers = services.Helpers;
        _meter = new CacheMeter(services.Meters);
        Settings = services.Settings;
        Saves = new BackgroundSaves(time);
        var hasher = new ContentHasher(() => StorageLog.HeldBack(logger));
        var faults = new FaultLog(logger, _meter, time);
        _sourceLayer = Layer("sources", settings.SourcesDirectory, static current => current.SourcesMode);
        _profileLayer = Layer("profiles", settings.ProfilesDirectory, static current => current.ProfilesMode);
        _uploadLayer = Layer("uploads", settings.UploadsDirectory, static current => current.UploadsMode);
        UploadStore = new UploadStateStore(_uploadLayer.Directory, _uploadLayer.Boundary, Settings, hasher, Saves, services.Presence, time, logger, _meter);

        var catalog = new SourceCatalog(_sourceLayer.Directory, Settings, time);
        var content = new CacheBoundary("content", null, Settings, faults, time);
        SourceStore = new SourceStore(_sourceLayer, content, catalog, new SourceProbe(services.Probe, time, logger), (job, source, use) => UploadStore.Ledger.Touch(job, sourceHash: source, whenRetried: () => _meter.Retried(_sourceLayer.Name, use)));
        ProfileStore = new ProfileStore(_profileLayer, (job, entry, use) => UploadStore.Ledger.Touch(job, profileEntryName: entry, whenRetried: () => _meter.Retried(_profileLayer.Name, use)));
        Media = new MediaResolver(SourceStore);
        Suspicion = new SourceSuspicion(SourceStore);
        UploadStore.UploadFailed = new ProfileSuspicion(ProfileStore, UploadStore.Ledger.ProfilesOfAsync).SuspectAsync;
        Sources = new SourceCache(SourceStore);
        Profiles = new ProfileCache(ProfileStore);
        var advisors = new CurrentAdvisor(services.Policies, Settings, logger);
        _quota = new LayerDirectory("quota", Path.Combine(settings.Root, "quota"), () => Settings.Current, services.FileSystem);
        _accounting = new CacheBoundary(_quota, Settings, faults, time);
        var ledger = new SpaceLedger(_quota, Settings, pulse => DiskUsage.Of(SourceStore.PartialsDirectory, pulse));
        var regret = new Regret(new Tombstones(_quota), _accounting, Saves, _meter, time, logger);
        var records = new RecordUsage(SourceStore, _profileLayer, _uploadLayer, _accounting, Settings);
        // In silence: why the layer is closed was told by its own boundary.
        var closed = new CacheBoundary("closed", null, Settings, new FaultLog(NullLogger.Instance, _meter, time), time);
        var evictor = new Evictor(SourceStore, _profileLayer, NeededByUnfinishedJobsAsync, advisors, records, ledger, _quota, _accounting, closed, regret, Settings, time, logger);
        var full = new FullDisk(evictor, Saves, _accounting);
        Cleaner = new CacheCleaner(SourceStore, evictor, advisors, Settings, time, logger);
        StateAtStart = new StateAtStart([_sourceLayer.Directory, _profileLayer.Directory, _uploadLayer.Directory], _quota, faults, Settings, time, logger);
        Space = new SpaceKeeper(ledger, _accounting, evictor, logger);
        _sourceLayer.Space = _profileLayer.Space = Space;
        Verifiers = [new BackgroundVerifier(_sourceLayer, time, logger), new BackgroundVerifier(_profileLayer, time, logger)];
        _sourceLayer.MadeAgain = entry => regret.Look(_sourceLayer.Name, entry);
        _profileLayer.MadeAgain = entry => regret.Look(_profileLayer.Name, entry);
        _requests = new LayerDirectory("requests", Path.Combine(settings.Root, RequestLog.Folder), () => Settings.Current, services.FileSystem);
        _requestLog = new RequestLog(_requests, new CacheBoundary(_requests, Settings, faults, time), Saves, Settings, _meter, logger);
        _sourceLayer.StageFailed = _profileLayer.StageFailed = UploadStore.StageFailed = full.Look;
        faults.Noted = (exception, layer) => full.Look(exception, RootOf(layer));
        _sourceLayer.Observed = _profileLayer.Observed = UploadStore.Ledger.Observed = Observe;
        Directories = string.Join(", ", new[] { settings.Root, settings.SourcesDirectory, settings.ProfilesDirectory, settings.UploadsDirectory }
            .Where((path, index) => index == 0 || !path.StartsWith(settings.Root, StringComparison.Ordinal)));

        void Observe(CacheEvent cacheEvent)
        {
            advisors.Observe(cacheEvent);
            _requestLog.Observe(cacheEvent);
        }

        string RootOf(string layer) =>
            new[] { _sourceLayer.Directory, _profileLayer.Directory, _uploadLayer.Directory }.FirstOrDefault(directory => directory.Name == layer)?.Root ?? settings.Root;

        CacheLayer Layer(string name, string directory, Func<CacheSettings, LayerMode> mode) =>
            new(name, directory, mode, Settings, hasher, Saves, faults, _meter, time, logger, services.FileSystem, services.Handles);
    }

    /// <inheritdoc />
    public ISourceCache Sources { get; }

    /// <inheritdoc />
    public IProfileCache Profiles { get; }

    /// <inheritdoc />
    public IUploadStateStore Uploads => UploadStore;

    internal LayerDirectory AccountDirectory => _quota;

    internal ICacheSettingsSource Settings { get; }

    internal BackgroundSaves Saves { get; }

    internal SourceStore SourceStore { get; }

    internal ProfileStore ProfileStore { get; }

    internal UploadStateStore UploadStore { get; }

    internal MediaResolver Media { get; }

    internal SourceSuspicion Suspicion { get; }

    internal CacheCleaner Cleaner { get; }

    internal SpaceKeeper Space { get; }

    internal StateAtStart StateAtStart { get; }

    internal IReadOnlyList<BackgroundVerifier> Verifiers { get; }

    /// <summary>Where the cache lies, for the log.</summary>
    internal string Directories { get; }

    /// <inheritdoc />
    public async ValueTask<SourceMedia?> TryGetMediaAsync(DownloadRequest request, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        if (_sourceLayer.Mode == LayerMode.Off || request.Use is CacheUse.Bypass or CacheUse.Refresh || SourceStore.KeyOf(request) is not { } key)
        {
            return null;
        }

        Subject.Current = new Subject(request.JobId, Key: key.Name);
        return await _sourceLayer.Boundary.AttemptAsync(
            "find media",
            null,
            _ => SourceStore.Catalog.Find(key, out var _) is { } record ? SourceStore.Catalog.Facts(record.ContentHash)?.ToMedia() : null,
            cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc />
    public async Task<JobPlan> PlanAsync(
        DownloadRequest request, IReadOnlyList<EncodingProfile> profiles, IProfileEncoder encoder, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(profiles);
        ArgumentNullException.ThrowIfNull(encoder);
        if (profiles.GroupBy(static profile => profile.Name).FirstOrDefault(static named => named.Skip(1).Any()) is { } twice)
        {
            throw new ArgumentException($"Two profiles are called '{twice.Key}'. A plan tells its profiles apart by their names.", nameof(profiles));
        }

        return await new JobPlanner(this).PlanAsync(request, profiles, encoder, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc />
    public async ValueTask<bool> RejectSourceAsync(DownloadedVideo video, string reason, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(video);
        if (_sourceLayer.Mode == LayerMode.Off || (await Media.ResolveAsync(video, null, cancellationToken).ConfigureAwait(false)).Media is not { } media)
        {
            return false;
        }

        Subject.SetKey(media.ContentHash);
        return await Suspicion.RejectAsync(media.ContentHash, reason, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc />
    public ValueTask CompleteJobAsync(string jobId, CancellationToken cancellationToken = default) => EndAsync(jobId, finished: true, cancellationToken);

    /// <inheritdoc />
    public ValueTask AbandonJobAsync(string jobId, CancellationToken cancellationToken = default) => EndAsync(jobId, finished: false, cancellationToken);

    /// <inheritdoc />
    public ValueTask ExpectRetryAsync(string jobId, DateTimeOffset at, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(jobId);
        return UploadStore.Ledger.ExpectRetryAsync(jobId, at, cancellationToken);
    }

    /// <inheritdoc />
    public async Task<int> RemoveBySourceAsync(string contentHash, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(contentHash);
        if (!ContentName.IsHash(contentHash))
        {
            throw new ArgumentException("The content hash must be SHA-256 as 64 lower-case hexadecimal digits.", nameof(contentHash));
        }

        Subject.SetKey(contentHash);
        var source = await _sourceLayer.Boundary.AttemptAsync("remove", false, _ => SourceStore.Remove(contentHash, "removed by the worker"), cancellationToken).ConfigureAwait(false);
        var profiles = await RemoveEntriesAsync(_profileLayer, name => name.StartsWith(ContentName.Of(contentHash), StringComparison.Ordinal), cancellationToken).ConfigureAwait(false);
        return profiles + (source ? 1 : 0);
    }

    /// <inheritdoc />
    public async Task<CleanupReport> CleanupAsync(CancellationToken cancellationToken = default)
    {
        Subject.Current = null;
        await Space.SweepAsync(cancellationToken).ConfigureAwait(false);
        await _requestLog.SweepAsync(_accounting, cancellationToken).ConfigureAwait(false);
        var report = await Cleaner.RunAsync(cancellationToken).ConfigureAwait(false);
        await _uploadLayer.Boundary.AttemptAsync(
            "clean up",
            false,
            pulse =>
            {
                UploadStore.Cleanup(pulse, _uploadLayer.Time.GetUtcNow());
                new LayerSweeper(_uploadLayer).Sweep(_uploadLayer.Time.GetUtcNow(), pulse);
                return true;
            },
            cancellationToken).ConfigureAwait(false);
        return report;
    }

    /// <inheritdoc />
    public async Task<VerifyReport> VerifyAsync(CancellationToken cancellationToken = default)
    {
        Subject.Current = null;
        var sources = await new CacheVerifier(_sourceLayer).RunAsync(cancellationToken).ConfigureAwait(false);
        var profiles = await new CacheVerifier(_profileLayer).RunAsync(cancellationToken).ConfigureAwait(false);
        return new VerifyReport(sources.Entries + profiles.Entries, sources.Bytes + profiles.Bytes, sources.Quarantined + profiles.Quarantined);
    }

    /// <inheritdoc />
    public async ValueTask<CacheStatistics> GetStatisticsAsync(CancellationToken cancellationToken = default)
    {
        var jobs = await UploadStore.Ledger.CountAsync(cancellationToken).ConfigureAwait(false);
        return new CacheStatistics(
            await StatisticsAsync(_sourceLayer, Verifiers[0], cancellationToken).ConfigureAwait(false),
            await StatisticsAsync(_profileLayer, Verifiers[1], cancellationToken).ConfigureAwait(false),
            Tallied(_uploadLayer) with { Entries = jobs })
        {
            Space = await SpaceAsync(cancellationToken).ConfigureAwait(false),
        };
    }

    /// <inheritdoc />
    public async Task<int> ClearAsync(CancellationToken cancellationToken = default)
    {
        Subject.Current = null;
        var removed = 0;
        foreach (var layer in new[] { _sourceLayer, _profileLayer })
        {
            removed += await RemoveEntriesAsync(layer, static _ => true, cancellationToken).ConfigureAwait(false);
        }

        await _sourceLayer.Boundary.AttemptAsync(
            "clear records",
            0,
            pulse => ExpiredRecords.Remove(SourceStore.Catalog.KeysDirectory, OwnNames.IsRecord, TimeSpan.MinValue, _sourceLayer.Time.GetUtcNow(), new TimesAhead(), pulse)
                + ExpiredRecords.Remove(SourceStore.Catalog.FactsDirectory, OwnNames.IsRecord, TimeSpan.MinValue, _sourceLayer.Time.GetUtcNow(), new TimesAhead(), pulse)
                + ExpiredRecords.RemoveIdlePartials(SourceStore.PartialsDirectory, _sourceLayer.Time.GetUtcNow(), pulse),
            cancellationToken).ConfigureAwait(false);
        return removed;
    }

    /// <inheritdoc />
    public Task FlushAsync(CancellationToken cancellationToken = default) => Saves.FlushAsync(cancellationToken);

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 1)
        {
            return;
        }

        await Saves.DisposeAsync().ConfigureAwait(false);

        // Bounded, as all of them touch the disk: one that hangs must not hang the worker's end.
        await _sourceLayer.ReleaseAsync(_sourceLayer, _profileLayer, _uploadLayer, Space, _quota, _requests).ConfigureAwait(false);
        _meter.Dispose();
        if (_helpers is not null)
        {
            await _helpers.DisposeAsync().ConfigureAwait(false);
        }
    }

    /// <inheritdoc />
    public void Dispose() => DisposeAsync().AsTask().GetAwaiter().GetResult();

    /// <summary>Whether the cache takes more, or its file systems have less left, than the settings allow.</summary>
    internal async ValueTask<bool> IsOverLimitAsync(CancellationToken cancellationToken)
    {
        var sources = await Space.ShortageAsync(_sourceLayer.Directory, cancellationToken).ConfigureAwait(false);
        return sources is { Exists: true } || await Space.ShortageAsync(_profileLayer.Directory, cancellationToken).ConfigureAwait(false) is { Exists: true };
    }

    private ValueTask EndAsync(string jobId, bool finished, CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrEmpty(jobId);
        return UploadStore.Ledger.EndAsync(jobId, finished, cancellationToken);
    }

    private ValueTask<IReadOnlyDictionary<string, JobNeed>?> NeededByUnfinishedJobsAsync(DateTimeOffset now, CancellationToken cancellationToken) =>
        _uploadLayer.Boundary.AttemptAsync<IReadOnlyDictionary<string, JobNeed>?>("read jobs", null, pulse => NeededByUnfinishedJobs(pulse, now), cancellationToken);

    private Dictionary<string, JobNeed> NeededByUnfinishedJobs(OperationPulse pulse, DateTimeOffset now)
    {
        var needed = new Dictionary<string, JobNeed>(StringComparer.Ordinal);
        foreach (var job in UploadStore.Ledger.Unfinished(pulse, now, Settings.Current.UploadStateMaxAge))
        {
            var hash = NameHash.Of(job.JobId);
            var sources = job.SourceHashes.Where(ContentName.IsHash).Select(ContentName.Of);
            foreach (var name in job.ProfileEntries.Concat(sources))
            {
                needed[name] = needed.GetValueOrDefault(name).With(hash, job.LastActivity, job.RetryExpectedAt);
            }
        }

        return needed;
    }

    private static ValueTask<int> RemoveEntriesAsync(CacheLayer layer, Func<string, bool> which, CancellationToken cancellationToken) =>
        layer.Boundary.AttemptAsync(
            "remove",
            0,
            pulse =>
            {
                var removed = 0;
                foreach (var name in new EntryScan(layer.Entries).Names().Where(which).ToList())
                {
                    pulse.Beat();
                    removed += layer.Entries.Remove(name, EntryRemoval.Trash, "removed by the worker") ? 1 : 0;
                }

                new LayerSweeper(layer).EmptyTrash(pulse);
                return removed;
            },
            cancellationToken);

    private static async ValueTask<LayerStatistics> StatisticsAsync(CacheLayer layer, BackgroundVerifier verifier, CancellationToken cancellationToken)
    {
        var entries = await layer.Boundary.AttemptAsync(
            "count", [], pulse => layer.Index.Read(layer.Time.GetUtcNow(), pulse), cancellationToken).ConfigureAwait(false);
        var verification = await verifier.StateAsync(cancellationToken).ConfigureAwait(false);
        return Tallied(layer) with { Entries = entries.Count, Bytes = entries.Sum(static entry => entry.Bytes), Verification = verification?.ToStatistics(entries) };
    }

    private async ValueTask<SpaceStatistics?> SpaceAsync(CancellationToken cancellationToken)
    {
        var usage = await Space.UsageAsync(cancellationToken).ConfigureAwait(false);
        if (usage is { Counted: null })
        {
            // Nobody has counted yet, or a file of the account was damaged. What is not known is not 0.
            await Cleaner.CountAsync(cancellationToken).ConfigureAwait(false);
            usage = await Space.UsageAsync(cancellationToken).ConfigureAwait(false);
        }

        return usage is { Counted: not null } ? new SpaceStatistics(usage.Total, usage.Reserved, Settings.Current.MaxSize) : null;
    }

    private static LayerStatistics Tallied(CacheLayer layer)
    {
        var tally = layer.Meter.Tally(layer.Name);
        var retries = layer.Meter.RetryTally(layer.Name);
        return new LayerStatistics
        {
            Hits = tally[CacheOutcome.Hit],
            Joined = tally[CacheOutcome.Joined],
            Misses = tally[CacheOutcome.Miss],
            Bypasses = tally[CacheOutcome.Bypass],
            ObservedHits = tally.ObservedHits,
            SavedTime = tally.SavedTime,
            SavedBytes = tally.SavedBytes,
            Regret = tally.Regret,
            Retries = new RetryStatistics
            {
                Hits = retries[CacheOutcome.Hit],
                Joined = retries[CacheOutcome.Joined],
                Misses = retries[CacheOutcome.Miss],
                Bypasses = retries[CacheOutcome.Bypass],
                SavedTime = retries.SavedTime,
                SavedBytes = retries.SavedBytes,
            },
        };
    }
}
