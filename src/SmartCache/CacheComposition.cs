using Microsoft.Extensions.Logging;
using SmartCache.Configuration;
using SmartCache.Diagnostics;
using SmartCache.History;
using SmartCache.Jobs;
using SmartCache.Layers;
using SmartCache.Maintenance;
using SmartCache.Pool;
using SmartCache.Prefetch;
using SmartCache.Profiles;
using SmartCache.Remote;
using SmartCache.Sources;
using SmartCache.Space;
using SmartCache.Storage;
using SmartCache.Uploads;

namespace SmartCache;

/// <summary>All parts of one cache, made from the bottom up. Nothing is asked of the disk before all of it is made.</summary>
internal sealed class CacheComposition : IAsyncDisposable
{
    private readonly CacheServices _services;
    private readonly ILogger _logger;
    private readonly CacheMeter _meter;
    private readonly FaultLog _faults;
    private readonly LayerAccess _historyLayer;
    private readonly LayerAccess _remoteLayer;
    private readonly HistoryRecorder _history;
    private readonly Prefetcher? _prefetcher;
    private int _disposed;

    public CacheComposition(CacheServices services)
    {
        var settings = services.Settings.Current;
        _services = services;
        _logger = new GuardedLogger(new SubjectLogger(services.Logger));
        _meter = new CacheMeter(services.Meters);
        _faults = new FaultLog(_logger, _meter, services.Time, LookForFullDisk) { CountedOnly = HistoryRecorder.Folder };
        Saves = new BackgroundSaves(services.Time);
        _historyLayer = Access(HistoryRecorder.Folder, Path.Combine(settings.Root, HistoryRecorder.Folder));
        _faults.History = _history = new HistoryRecorder(_historyLayer, Saves, _meter, _faults);
        Uploads = Access("uploads", settings.UploadsDirectory);
        Quota = Access("quota", Path.Combine(settings.Root, "quota"));

        var advisors = new CurrentAdvisor(services.Policies, Settings, _logger);
        Jobs = new JobRecords(Uploads, Saves, cacheEvent =>
        {
            advisors.Observe(cacheEvent);
            _history.Observe(cacheEvent);
            _prefetcher?.Observe(cacheEvent);
        });
        var regret = new Regret(new Tombstones(Quota.Directory), Quota, Saves, _meter);
        var events = new EntryEvents(Jobs, regret, _meter);
        var stages = new StageActivity(services.Time);
        var hasher = new ContentHasher(services.FileSystem, () => StorageLog.HeldBack(_logger));
        EntryLayer[] layers = [Layer(EntryKind.Source, settings.SourcesDirectory), Layer(EntryKind.Profile, settings.ProfilesDirectory)];
        (SourceLayer, ProfileLayer) = (layers[0], layers[1]);

        var catalog = new SourceCatalog(SourceLayer);
        var parts = new PartsStore(ProfileLayer);
        var ledger = new SpaceLedger(Quota.Directory, Settings, new PartialsUsage(services.FileSystem, services.Time, [catalog.PartialsDirectory, parts.Root]));
        var records = new ExpiredRecords(catalog);
        Parts = new IdleParts(parts);
        var turns = new EvictionTurns(Quota);
        var memory = new IndexMemory(layers, advisors);
        var count = new EntryCount(layers, memory, Jobs, new RecordUsage(catalog, ProfileLayer, Uploads, Quota), ledger, Quota);
        _remoteLayer = Access("remote", Path.Combine(settings.Root, "remote"));
        var link = new RemoteLink(services.Store, _remoteLayer, _meter);
        Remote = new RemoteTier(link, layers, Saves, services.Handles, services.Leases, stages);
        var remover = new EntryRemover(layers, count, advisors, regret, records, Parts);
        var evictor = new Evictor(turns, count, remover, new EvictionPlanner(Jobs, advisors, Settings, Remote), ledger, Quota, layers);
        FullDisk = new FullDisk(evictor, turns, layers, Saves, Quota.Boundary);
        Space = new SpaceKeeper(ledger, Quota.Boundary, evictor, _logger);

        var content = new CacheBoundary("content", null, services.FileSystem, Settings, _faults, services.Time);
        SourceStore = new SourceStore(catalog, Space, content, new SourceProbe(services.Probe, services.Time, _logger)) { Shared = new SharedSources(catalog, Remote) };
        ProfileStore = new ProfileStore(ProfileLayer, Space, parts) { Shared = new SharedProfiles(ProfileLayer, Remote) };
        Pool = new CacheRemote(new StoreDesk(services.Store, link), Remote, link, SourceStore, ProfileStore, new PoolWarming(Remote, SourceStore, layers, Space), Saves);
        UploadStore = new UploadStateStore(Uploads, Jobs, hasher, Saves, services.Presence, _meter)
        {
            StageFailed = FullDisk.Look,
            Stages = stages,
            Notes = Remote.Notes,
            UploadFailed = new ProfileSuspicion(ProfileStore, Jobs).SuspectAsync,
        };
        Cleaner = new CacheCleaner(layers, turns, count, remover, evictor, memory);
        RecordCleaner = new RecordCleaner(Quota, [_historyLayer.Directory, _remoteLayer.Directory], Uploads, UploadStore);
        Removal = new RequestedRemoval(SourceStore, ProfileLayer, records, Parts);
        Verifiers = [.. layers.Select(layer => new BackgroundVerifier(layer, services.Time, _logger))];
        Statistics = new StatisticsReader(Verifiers, Uploads, Jobs, Space, Parts, catalog, Remote, _meter);
        State = new StateReader(layers, Uploads, Quota, ledger, count, Cleaner, Remote, _meter);
        _meter.Watch(State.Read);
        SourceLayer.TakeBack = Parts.TakeBack;
        SourceLayer.Gone = catalog.Ahead.NoteGone;
        _prefetcher = new Prefetcher(SourceStore, ProfileLayer, Jobs, Space, services.Downloaders, DensityAsync);
        StateAtStart = new StateAtStart([SourceLayer.Directory, ProfileLayer.Directory, Uploads.Directory], Quota.Directory, _faults, Settings, services.Time, _logger);

        async ValueTask<double?> DensityAsync(SourceKey key, CancellationToken cancellationToken)
        {
            var known = await SourceLayer.Boundary.AttemptAsync("find", null, _ => catalog.Find(key, out var _), cancellationToken).ConfigureAwait(false);
            return known is not null && await regret.FindAsync(SourceLayer.Name, ContentName.Of(known.ContentHash), cancellationToken).ConfigureAwait(false) is { CostSeconds: > 0, Bytes: > 0 } gone
                ? gone.CostSeconds / gone.Bytes * 1e6
                : null;
        }

        EntryLayer Layer(EntryKind kind, string root) => new(Access(EntryLayer.NameOf(kind), root), kind, hasher, Saves, _meter, services.Handles, events, stages);
    }

    public ICacheSettingsSource Settings => _services.Settings;

    public BackgroundSaves Saves { get; }

    public LayerAccess Uploads { get; }

    public LayerAccess Quota { get; }

    public JobRecords Jobs { get; }

    /// <summary>What a pool of hosts shares.</summary>
    public RemoteTier Remote { get; }

    /// <summary>The same for whoever looks after it.</summary>
    public CacheRemote Pool { get; }

    public SpaceKeeper Space { get; }

    /// <summary>Fetches what is announced.</summary>
    public Prefetcher Prefetcher => _prefetcher!;

    /// <summary>Is told what a stage of the worker failed with, and where it was to write.</summary>
    public FullDisk FullDisk { get; }

    public EntryLayer SourceLayer { get; }

    public EntryLayer ProfileLayer { get; }

    /// <summary>What unfinished encodes have left.</summary>
    public IdleParts Parts { get; }

    public SourceStore SourceStore { get; }

    public ProfileStore ProfileStore { get; }

    public UploadStateStore UploadStore { get; }

    public CacheCleaner Cleaner { get; }

    public RecordCleaner RecordCleaner { get; }

    public RequestedRemoval Removal { get; }

    public IReadOnlyList<BackgroundVerifier> Verifiers { get; }

    public StatisticsReader Statistics { get; }

    /// <summary>What is known without a look at the disk.</summary>
    public StateReader State { get; }

    public StateAtStart StateAtStart { get; }

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 1)
        {
            return;
        }

        await Prefetcher.DisposeAsync().ConfigureAwait(false);
        await Saves.DisposeAsync().ConfigureAwait(false);
        await Remote.DisposeAsync().ConfigureAwait(false);
        await _history.DisposeAsync().ConfigureAwait(false);

        // Bounded, as all of them touch the disk: one that hangs must not hang the worker's end.
        await SourceLayer.ReleaseAsync(SourceLayer, ProfileLayer, Uploads, Space, Quota, _historyLayer, _remoteLayer).ConfigureAwait(false);
        _meter.Dispose();
        if (_services.Helpers is { } helpers)
        {
            await helpers.DisposeAsync().ConfigureAwait(false);
        }
    }

    // The one circle: a disk that is full is a fault of a layer, and making room on it is work of the layers.
    private void LookForFullDisk(Exception exception, string layer) =>
        FullDisk.Look(exception, new[] { SourceLayer, ProfileLayer, Uploads }.FirstOrDefault(one => one.Name == layer)?.Directory.Root ?? Settings.Current.Root);

    private LayerAccess Access(string name, string root)
    {
        var directory = new LayerDirectory(name, root, () => Settings.Current, _services.FileSystem);
        return new LayerAccess(directory, new CacheBoundary(directory, Settings, _faults, _services.Time), Settings, _services.Time, _logger) { History = _history };
    }
}
