using SmartCache.Abstractions;
using SmartCache.Configuration;
using SmartCache.Diagnostics;
using SmartCache.Jobs;
using SmartCache.Layers;
using SmartCache.Maintenance;
using SmartCache.Prefetch;
using SmartCache.Profiles;
using SmartCache.Sources;
using SmartCache.Storage;
using SmartCache.Uploads;

namespace SmartCache;

/// <summary>The cache of one process.</summary>
/// <remarks>
/// Made by the container after <c>AddSmartCache()</c>, or by <see cref="Create"/>; any number of processes may have one on the same directory. Thread-safe.
/// Disposing waits a few seconds for background saves.
/// </remarks>
public sealed partial class CacheManager : ICacheManager, IAsyncDisposable, IDisposable
{
    private readonly CacheComposition _parts;

    internal CacheManager(CacheServices services)
    {
        _parts = new CacheComposition(services);
        Media = new MediaResolver(SourceStore);
        Suspicion = new SourceSuspicion(SourceStore);
        Sources = new SourceCache(SourceStore);
        Profiles = new ProfileCache(ProfileStore);
    }

    /// <inheritdoc />
    public ISourceCache Sources { get; }

    /// <inheritdoc />
    public IProfileCache Profiles { get; }

    /// <inheritdoc />
    public IUploadStateStore Uploads => UploadStore;

    /// <inheritdoc />
    public ICacheRemote Remote => _parts.Pool;

    internal ICacheSettingsSource Settings => _parts.Settings;

    internal LayerDirectory AccountDirectory => _parts.Quota.Directory;

    internal BackgroundSaves Saves => _parts.Saves;

    internal JobRecords Jobs => _parts.Jobs;

    internal SourceStore SourceStore => _parts.SourceStore;

    internal ProfileStore ProfileStore => _parts.ProfileStore;

    internal UploadStateStore UploadStore => _parts.UploadStore;

    internal MediaResolver Media { get; }

    internal SourceSuspicion Suspicion { get; }

    internal CacheCleaner Cleaner => _parts.Cleaner;

    internal SpaceKeeper Space => _parts.Space;

    internal FullDisk FullDisk => _parts.FullDisk;

    internal StateAtStart StateAtStart => _parts.StateAtStart;

    internal Prefetcher Prefetcher => _parts.Prefetcher;

    internal IReadOnlyList<BackgroundVerifier> Verifiers => _parts.Verifiers;

    /// <summary>Where the cache lies, for the log.</summary>
    internal string Directories
    {
        get
        {
            var current = Settings.Current;
            return string.Join(", ", new[] { current.SourcesDirectory, current.ProfilesDirectory, current.UploadsDirectory }
                .Where(path => !path.StartsWith(current.Root, StringComparison.Ordinal)).Prepend(current.Root));
        }
    }

    /// <inheritdoc />
    public async ValueTask<SourceMedia?> TryGetMediaAsync(DownloadRequest request, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        if (_parts.SourceLayer.Mode == LayerMode.Off || request.Use is CacheUse.Bypass or CacheUse.Refresh || SourceStore.KeyOf(request) is not { } key)
        {
            return null;
        }

        Subject.Current = new Subject(request.JobId, Key: key.Name);
        return await KnownMediaAsync(key, request, cancellationToken).ConfigureAwait(false)
            ?? (request.Use != CacheUse.NoStore && SourceStore.Shared is { } shared && await shared.LearnAsync(key, request.ExpectedLength, cancellationToken).ConfigureAwait(false)
                ? await KnownMediaAsync(key, request, cancellationToken).ConfigureAwait(false)
                : null);
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
        if (_parts.SourceLayer.Mode == LayerMode.Off || (await Media.ResolveAsync(video, null, cancellationToken).ConfigureAwait(false)).Media is not { } media)
        {
            return false;
        }

        return await RejectAsync(media.ContentHash, reason, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc />
    public async ValueTask<bool> RejectContentAsync(string contentHash, string reason, CancellationToken cancellationToken = default)
    {
        RequireHash(contentHash);
        return _parts.SourceLayer.Mode != LayerMode.Off && await RejectAsync(contentHash, reason, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc />
    public ValueTask CompleteJobAsync(string jobId, CancellationToken cancellationToken = default) => EndAsync(jobId, finished: true, cancellationToken);

    /// <inheritdoc />
    public ValueTask AbandonJobAsync(string jobId, CancellationToken cancellationToken = default) => EndAsync(jobId, finished: false, cancellationToken);

    /// <inheritdoc />
    public async ValueTask ExpectRetryAsync(string jobId, DateTimeOffset at, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(jobId);
        await Jobs.ExpectRetryAsync(jobId, at, cancellationToken).ConfigureAwait(false);
        Prefetcher.ExpectRetry(jobId, at);
    }

    /// <inheritdoc />
    public ValueTask<PrefetchTicket> PrefetchAsync(PrefetchRequest request, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(request.Download);
        return cancellationToken.IsCancellationRequested ? ValueTask.FromCanceled<PrefetchTicket>(cancellationToken) : new(Prefetcher.Announce(request));
    }

    /// <inheritdoc />
    public async Task<int> RemoveBySourceAsync(string contentHash, CancellationToken cancellationToken = default)
    {
        RequireHash(contentHash);
        Subject.SetKey(contentHash);
        return await _parts.Removal.RemoveSourcesAsync([contentHash], cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc />
    public async Task<bool> RemoveEntryAsync(EntryKind kind, string name, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (!OwnNames.IsEntry(name) || name.Contains('_', StringComparison.Ordinal) != (kind == EntryKind.Profile))
        {
            throw new ArgumentException("No entry of that kind can have that name.", nameof(name));
        }

        Subject.SetKey(name);
        return await _parts.Removal.RemoveEntryAsync(kind, name, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc />
    public Task<int> RemoveByScopeAsync(string scope, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(scope);
        Subject.Current = null;
        return _parts.Removal.RemoveScopeAsync(scope, cancellationToken);
    }

    /// <inheritdoc />
    public async Task<CleanupReport> CleanupAsync(CancellationToken cancellationToken = default)
    {
        await _parts.RecordCleaner.RunAsync(cancellationToken).ConfigureAwait(false);
        _parts.Remote.Wake();
        return await Cleaner.RunAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc />
    public async Task<VerifyReport> VerifyAsync(CancellationToken cancellationToken = default)
    {
        Subject.Current = null;
        var sources = await new CacheVerifier(_parts.SourceLayer).RunAsync(cancellationToken).ConfigureAwait(false);
        var profiles = await new CacheVerifier(_parts.ProfileLayer).RunAsync(cancellationToken).ConfigureAwait(false);
        return new VerifyReport { Entries = sources.Entries + profiles.Entries, Bytes = sources.Bytes + profiles.Bytes, Quarantined = sources.Quarantined + profiles.Quarantined };
    }

    /// <inheritdoc />
    public async Task<VerifyReport> VerifyEntryAsync(EntryKind kind, string entry, CancellationToken cancellationToken = default)
    {
        OwnNames.RequireEntry(entry);
        Subject.SetKey(entry);
        return await new CacheVerifier(kind == EntryKind.Source ? _parts.SourceLayer : _parts.ProfileLayer).VerifyOneAsync(entry, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc />
    public Task<CacheStatistics> GetStatisticsAsync(CancellationToken cancellationToken = default) => _parts.Statistics.ReadAsync(cancellationToken);

    /// <inheritdoc />
    public CacheState GetState() => _parts.State.Read();

    /// <inheritdoc />
    public Task<int> ClearAsync(CancellationToken cancellationToken = default) => _parts.Removal.RemoveAllAsync(cancellationToken);

    /// <inheritdoc />
    public Task<int> ClearLayerAsync(EntryKind kind, CancellationToken cancellationToken = default) => _parts.Removal.RemoveAllAsync(kind, cancellationToken);

    /// <inheritdoc />
    public Task FlushAsync(CancellationToken cancellationToken = default) => Saves.FlushAsync(cancellationToken);

    /// <inheritdoc />
    public ValueTask DisposeAsync() => _parts.DisposeAsync();

    /// <inheritdoc />
    public void Dispose() => DisposeAsync().AsTask().GetAwaiter().GetResult();

    /// <summary>Whether the cache takes more, or its file systems have less left, than the settings allow.</summary>
    internal async ValueTask<bool> IsOverLimitAsync(CancellationToken cancellationToken)
    {
        var sources = await Space.ShortageAsync(_parts.SourceLayer.Directory, cancellationToken).ConfigureAwait(false);
        return sources is { Exists: true } || await Space.ShortageAsync(_parts.ProfileLayer.Directory, cancellationToken).ConfigureAwait(false) is { Exists: true };
    }

    private static void RequireHash(string contentHash)
    {
        ArgumentNullException.ThrowIfNull(contentHash);
        if (!ContentName.IsHash(contentHash))
        {
            throw new ArgumentException("The content hash must be SHA-256 as 64 lower-case hexadecimal digits.", nameof(contentHash));
        }
    }

    private async ValueTask<bool> RejectAsync(string contentHash, string reason, CancellationToken cancellationToken)
    {
        Subject.SetKey(contentHash);
        await _parts.Parts.TakeBackAsync(contentHash, cancellationToken).ConfigureAwait(false);
        return await Suspicion.RejectAsync(contentHash, reason, cancellationToken).ConfigureAwait(false);
    }

    private ValueTask<SourceMedia?> KnownMediaAsync(SourceKey key, DownloadRequest request, CancellationToken cancellationToken) =>
        _parts.SourceLayer.Boundary.AttemptAsync("find media", null, _ => SourceStore.KnownMedia(key, request.ExpectedLength), cancellationToken);

    private ValueTask EndAsync(string jobId, bool finished, CancellationToken cancellationToken)
    {
        ArgumentException.ThrowIfNullOrEmpty(jobId);
        return Jobs.EndAsync(jobId, finished, cancellationToken);
    }
}
