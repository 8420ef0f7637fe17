using Microsoft.Extensions.Logging;
using SmartCache.Abstractions;
using SmartCache.Configuration;
using SmartCache.Diagnostics;
using SmartCache.Storage;
using SmartCache.Storage.Platform;

namespace SmartCache.Layers;

/// <summary>One layer of entries with everything a store on top of it needs.</summary>
internal sealed class CacheLayer : IDisposable
{
    public CacheLayer(
        string name,
        string root,
        Func<CacheSettings, LayerMode> mode,
        ICacheSettingsSource settings,
        ContentHasher hasher,
        BackgroundSaves saves,
        FaultLog faults,
        CacheMeter meter,
        TimeProvider time,
        ILogger logger,
        FileSystem? fileSystem = null,
        HandleBudget? handles = null)
    {
        _mode = mode;
        Settings = settings;
        Hasher = hasher;
        Saves = saves;
        Meter = meter;
        Time = time;
        Logger = logger;
        Directory = new LayerDirectory(name, root, () => settings.Current, fileSystem);
        Boundary = new CacheBoundary(Directory, settings, faults, time);
        Transfer = new FileTransfer(() => settings.Current.Materialize, () => StorageLog.NotLinkable(logger, name), handles);
        Materializer = new Materializer(Transfer, hasher, Directory.FileSystem);
        Entries = new EntryStore(Directory, hasher, () => settings.Current.Integrity, () => meter.Quarantined(name), time, logger);
        Index = new EntryIndex(Entries);
        Gate = new ProductionGate(Directory, Boundary, settings, time, logger);
    }

    private readonly Func<CacheSettings, LayerMode> _mode;

    public string Name => Directory.Name;

    /// <summary><c>Off</c> also while the whole cache is.</summary>
    public LayerMode Mode => Settings.Current is { Enabled: true } current ? _mode(current) : LayerMode.Off;

    public LayerDirectory Directory { get; }

    public CacheBoundary Boundary { get; }

    public EntryStore Entries { get; }

    public FileTransfer Transfer { get; }

    public Materializer Materializer { get; }

    public ProductionGate Gate { get; }

    public ICacheSettingsSource Settings { get; }

    public ContentHasher Hasher { get; }

    public BackgroundSaves Saves { get; }

    public CacheMeter Meter { get; }

    public TimeProvider Time { get; }

    public ILogger Logger { get; }

    /// <summary>What the layer's entries are, and what they were when somebody last looked.</summary>
    public EntryIndex Index { get; }

    /// <summary>Why what was made here was not stored.</summary>
    public LastRefusals NotStored { get; } = new();

    /// <summary>Hands out the space that an entry needs. Set once, by whoever knows all layers.</summary>
    public SpaceKeeper Space { get; set; } = null!;

    /// <summary>Is told what was asked for and stored, for the eviction policy.</summary>
    public Action<CacheEvent> Observed { get; set; } = static _ => { };

    /// <summary>Is told the name of an entry whose work was done because the cache did not have it. Returns at once.</summary>
    public Action<string> MadeAgain { get; set; } = static _ => { };

    /// <summary>Is told what a stage of the worker failed with, and where it was to write. Returns at once and never throws.</summary>
    public Action<Exception, string> StageFailed { get; set; } = static (_, _) => { };

    /// <param name="subject">The job, the profile and the key.</param>
    /// <param name="output">Where the stage writes.</param>
    public StageReport Report(Subject subject, string output) => new(Meter, Logger, Time, Name, subject) { Failed = exception => StageFailed(exception, output) };

    /// <inheritdoc cref="CacheBoundary.ReleaseAsync"/>
    public ValueTask ReleaseAsync(params IDisposable?[] held) => Boundary.ReleaseAsync(held);

    /// <summary>Before a stage writes to a path: see <see cref="SharedNames"/>.</summary>
    public void Unshare(string destination) => Unshare(() => SharedNames.Remove(destination));

    /// <summary>Before a stage makes anew, below a directory, what an entry of this name holds or will hold.</summary>
    public void UnshareBelow(string directory, string entry) => Unshare(() => SharedNames.RemoveBelow(directory, Entries.PathOf(entry), Directory.Device));

    public void Dispose() => Directory.Dispose();

    private void Unshare(Action remove)
    {
        if (Boundary.IsDisabled)
        {
            return;
        }

        try
        {
            remove();
        }
        catch (Exception exception)
        {
            Boundary.Report("unshare", exception);
        }
    }
}
