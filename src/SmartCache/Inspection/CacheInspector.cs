using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using SmartCache.Configuration;
using SmartCache.Eviction;
using SmartCache.History;
using SmartCache.Inspection;
using SmartCache.Layers;
using SmartCache.Storage;
using SmartCache.Storage.Platform;

namespace SmartCache;

/// <summary>Looks into a cache's directory, beside live workers or without any, and changes nothing.</summary>
/// <remarks>
/// <para>
/// It makes no file, directory or lock, and sets no time; a mount that keeps access times keeps those of what is read. Nothing of it is held between two calls, so that it needs no disposing.
/// Thread-safe.
/// </para>
/// <para>
/// What it gives is what lay there at the moment of each look: workers go on meanwhile. A file that goes, or that is torn, damaged or somebody else's, costs itself and hides
/// nothing else. Methods throw <see cref="UnauthorizedAccessException"/> where this user may not look into a directory at all, <see cref="IOException"/> where the disk does not
/// give one, and <see cref="OperationCanceledException"/> where the token was cancelled.
/// </para>
/// <para>Whoever wants to change something makes a <see cref="CacheManager"/> with <c>existingOnly</c>.</para>
/// </remarks>
public sealed class CacheInspector
{
    private readonly CacheSettings _settings;
    private readonly FileSystem _files;
    private readonly LayerDirectory _sources;
    private readonly LayerDirectory _profiles;
    private readonly LayerDirectory _uploads;
    private readonly LayerDirectory _quota;
    private readonly LayerDirectory _history;
    private readonly LayerDirectory _remote;

    internal CacheInspector(CacheSettings settings, FileSystem files)
    {
        (_settings, _files) = (settings, new ReadOnlyFileSystem(files));
        _sources = Of(EntryLayer.NameOf(EntryKind.Source), settings.SourcesDirectory);
        _profiles = Of(EntryLayer.NameOf(EntryKind.Profile), settings.ProfilesDirectory);
        _uploads = Of("uploads", settings.UploadsDirectory);
        _quota = Of("quota", Path.Combine(settings.Root, "quota"));
        _history = Of(HistoryRecorder.Folder, Path.Combine(settings.Root, HistoryRecorder.Folder));
        _remote = Of("remote", Path.Combine(settings.Root, "remote"));
    }

    /// <summary>Opens the cache that these options lead to.</summary>
    /// <param name="options">
    /// Where it lies (<see cref="CacheOptions.Directory"/>, <see cref="CacheOptions.Locations"/>) and its limits; not kept. A relative directory begins at the working directory.
    /// </param>
    /// <exception cref="OptionsValidationException">The options are invalid, and <see cref="CacheOptions.OnInvalidSettings"/> is not <c>Disable</c>.</exception>
    /// <exception cref="DirectoryNotFoundException">There is no such directory, or it is no cache's. The message says which.</exception>
    /// <exception cref="UnauthorizedAccessException">This user may not look into it.</exception>
    [SuppressMessage("ApiDesign", "RS0030", Justification = "Nobody else hands a file system to it.")]
    public static CacheInspector Open(CacheOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        var parser = new CacheSettingsParser(new EvictionPolicyCatalog([]).Names, Environment.CurrentDirectory);
        var settings = FixedSettings.From(options, parser, NullLogger.Instance).Current;
        ExistingCache.Require(settings, FileSystem.Current);
        return new CacheInspector(settings, FileSystem.Current);
    }

    /// <summary>The cache's directory.</summary>
    public string Directory => _settings.Root;

    /// <summary>The three layers: where they lie, what they hold, and what their file systems have left.</summary>
    /// <param name="cancellationToken">Ends the look.</param>
    /// <returns>Sources, profiles and uploads, also those that are not there, or may not be looked into.</returns>
    public Task<IReadOnlyList<InspectedLayer>> ReadLayersAsync(CancellationToken cancellationToken = default) => Task.Run<IReadOnlyList<InspectedLayer>>(
        () => [.. new[] { _sources, _profiles, _uploads }.Select(layer => Look(layer, cancellationToken))], cancellationToken);

    /// <summary>The entries of a layer, in no order. Only their manifests are read.</summary>
    /// <param name="kind">The layer.</param>
    /// <param name="cancellationToken">Ends the look.</param>
    public IAsyncEnumerable<InspectedEntry> ReadEntriesAsync(EntryKind kind, CancellationToken cancellationToken = default) =>
        Looking.InBackground(() => new EntryLooks(kind == EntryKind.Source ? _sources : _profiles, kind).Entries(), cancellationToken);

    /// <summary>Reads every byte of an entry and compares it with its manifest, past the page cache.</summary>
    /// <remarks>
    /// It takes no lease, so the entry may go meanwhile. Nothing becomes of one that is wrong: <see cref="CacheManager.VerifyEntryAsync"/>
    /// looks again and puts it into quarantine.
    /// </remarks>
    /// <param name="kind">The layer.</param>
    /// <param name="entry">The entry's name.</param>
    /// <param name="progress">Is given the number of bytes of each piece that was read, on the thread that reads.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <exception cref="ArgumentException">It is no name of an entry.</exception>
    public Task<InspectedReading> VerifyEntryAsync(EntryKind kind, string entry, IProgress<long>? progress = null, CancellationToken cancellationToken = default)
    {
        OwnNames.RequireEntry(entry);
        return Task.Run(() => new EntryReading(kind == EntryKind.Source ? _sources : _profiles, progress).Read(entry, cancellationToken), cancellationToken);
    }

    /// <summary>
    /// What a clean-up would take away now, in its order: first what nobody used for <c>MaxAge</c>, then what the limits ask for, down to nine tenths of <c>MaxSize</c> and eleven
    /// tenths of the floors.
    /// </summary>
    /// <remarks>
    /// As a process sees it that has just begun: what a worker's policy learned since the last clean-up was written, it does not know, nor a policy of the worker's own. Trash,
    /// quarantine and idle parts of encodes and downloads go before any entry; the last may spare the last of the entries that are named here.
    /// </remarks>
    /// <param name="cancellationToken">Ends the look.</param>
    public Task<InspectedEviction> PlanEvictionAsync(CancellationToken cancellationToken = default) =>
        Task.Run(() => new EvictionLooks([_sources, _profiles], _uploads, _quota, _history, _settings).Look(Looking.Pulse(cancellationToken)), cancellationToken);

    /// <summary>What identities of sources led to, in no order. One whose record is damaged, or of a newer version of the library, is left out.</summary>
    /// <param name="cancellationToken">Ends the look.</param>
    public IAsyncEnumerable<InspectedSourceKey> ReadSourceKeysAsync(CancellationToken cancellationToken = default) =>
        Looking.InBackground(() => new SourceKeyLooks(_sources).All(), cancellationToken);

    /// <summary>What the next request for a source would come to, by the settings that this was opened with.</summary>
    /// <param name="key">What its identity led to.</param>
    /// <param name="cancellationToken">Ends the look.</param>
    public Task<InspectedLookUp> ForeseeSourceAsync(InspectedSourceKey key, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(key);
        return Task.Run(() => new LookUpLooks(_sources, EntryKind.Source, _settings).Of(key, TimeProvider.System.GetUtcNow()), cancellationToken);
    }

    /// <summary>What the next look-up of an entry would come to, by the settings that this was opened with.</summary>
    /// <remarks>A source is looked up by an identity first: see <see cref="ForeseeSourceAsync"/>.</remarks>
    /// <param name="kind">The layer.</param>
    /// <param name="name">The entry's name; there need be none.</param>
    /// <param name="cancellationToken">Ends the look.</param>
    /// <exception cref="ArgumentException">No entry can have that name.</exception>
    public Task<InspectedLookUp> ForeseeEntryAsync(EntryKind kind, string name, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(name);
        return OwnNames.IsEntry(name)
            ? Task.Run(() => new LookUpLooks(kind == EntryKind.Source ? _sources : _profiles, kind, _settings).Of(name), cancellationToken)
            : throw new ArgumentException("No entry can have that name.", nameof(name));
    }

    /// <summary>The jobs on record, in no order. One whose file is damaged, or of a newer version of the library, is left out.</summary>
    /// <param name="cancellationToken">Ends the look.</param>
    public IAsyncEnumerable<InspectedJob> ReadJobsAsync(CancellationToken cancellationToken = default) =>
        Looking.InBackground(() => new UploadLooks(_uploads).Jobs(cancellationToken), cancellationToken);

    /// <summary>What is confirmed, by upload target, the one that changed last first. Reads every journal.</summary>
    /// <param name="cancellationToken">Ends the look.</param>
    public IAsyncEnumerable<InspectedTarget> ReadTargetsAsync(CancellationToken cancellationToken = default) =>
        Looking.InBackground(() => new UploadLooks(_uploads).Targets(cancellationToken), cancellationToken);

    /// <summary>The locks that somebody holds: leases, producers, living workers, a clean-up.</summary>
    /// <remarks>
    /// None is taken to find out, so that no worker notices. A directory of locks that this user may not look into has none here. Only on Linux; elsewhere nothing is said.
    /// </remarks>
    /// <param name="cancellationToken">Ends the look.</param>
    public IAsyncEnumerable<InspectedLock> ReadLocksAsync(CancellationToken cancellationToken = default) =>
        Looking.InBackground(() => new[] { _sources, _profiles, _uploads, _quota, _history, _remote }.SelectMany(static layer => Looking.OrNothing(() => new LockLooks(layer).Held())), cancellationToken);

    /// <summary>What the cache takes, over all processes, and what it may.</summary>
    /// <param name="cancellationToken">Ends the look.</param>
    public Task<InspectedSpace> ReadSpaceAsync(CancellationToken cancellationToken = default) => Task.Run(() => new SpaceLooks(_quota, _settings).Look(), cancellationToken);

    /// <summary>What the tier that a pool of hosts shares has left here. The store is asked nothing.</summary>
    /// <param name="cancellationToken">Ends the look.</param>
    /// <returns><see langword="null"/> where no such tier is set up, and none has left anything.</returns>
    public Task<InspectedRemote?> ReadRemoteAsync(CancellationToken cancellationToken = default) => Task.Run(() => new RemoteLooks(_remote, _settings).Look(cancellationToken), cancellationToken);

    /// <summary>The entries that were proven wrong and are kept to be looked at. A layer that this user may not look into has none here.</summary>
    /// <param name="cancellationToken">Ends the look.</param>
    public IAsyncEnumerable<InspectedQuarantine> ReadQuarantineAsync(CancellationToken cancellationToken = default) => Looking.InBackground(
        () => new[] { new EntryLooks(_sources, EntryKind.Source), new EntryLooks(_profiles, EntryKind.Profile) }.SelectMany(layer => Looking.OrNothing(() => layer.Quarantined(cancellationToken))), cancellationToken);

    /// <summary>The parts that unfinished encodes have left, or keep just now.</summary>
    /// <param name="cancellationToken">Ends the look.</param>
    public IAsyncEnumerable<InspectedCheckpoint> ReadCheckpointsAsync(CancellationToken cancellationToken = default) =>
        Looking.InBackground(() => new CheckpointLooks(_profiles).All(), cancellationToken);

    /// <summary>What happened, of all processes, the oldest event first; nothing where no history is kept. Events of the last second may not be there yet.</summary>
    /// <param name="cancellationToken">Ends the look.</param>
    public IAsyncEnumerable<HistoryEvent> ReadHistoryAsync(CancellationToken cancellationToken = default) =>
        Looking.InBackground(() => HistoryReader.Read(_files, _history.Root), cancellationToken);

    private InspectedLayer Look(LayerDirectory layer, CancellationToken cancellationToken)
    {
        var seen = new InspectedLayer { Name = layer.Name, Directory = layer.Root };
        try
        {
            if (DirectoryMarker.NameIn(_files, layer.Root) != layer.Name)
            {
                return seen;
            }

            seen = OnDisk(seen, _files.Disk(layer.Root));
            seen = layer == _uploads
                ? seen with { Entries = new UploadLooks(layer).CountJobs(cancellationToken) }
                : new EntryLooks(layer, layer == _sources ? EntryKind.Source : EntryKind.Profile).Measure(seen, cancellationToken);
            return seen with { Workers = new LockLooks(layer).Workers() };
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // The other layers can be looked at all the same.
            return seen with { IsPresent = true, Failure = exception.Message };
        }
    }

    private InspectedLayer OnDisk(InspectedLayer layer, DiskFacts disk) => layer with
    {
        IsPresent = true,
        AvailableBytes = disk.AvailableBytes,
        TotalBytes = disk.TotalBytes,
        FloorBytes = _settings.MinFreeSpace.On(disk.TotalBytes),
        FreeInodes = disk.FreeInodes,
        FloorInodes = _settings.MinFreeInodes.On(disk.TotalInodes),
    };

    // Never opened: nothing of it is made, and nothing is held.
    private LayerDirectory Of(string name, string root) => new(name, root, () => _settings, _files);
}
