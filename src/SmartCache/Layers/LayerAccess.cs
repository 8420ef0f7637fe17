using Microsoft.Extensions.Logging;
using SmartCache.Configuration;
using SmartCache.Diagnostics;
using SmartCache.Storage;
using SmartCache.Storage.Platform;

namespace SmartCache.Layers;

/// <summary>
/// One directory of the cache, and what every use of it needs: upload states, the account of the space and the history each have one. What holds entries
/// is an <see cref="EntryLayer"/>.
/// </summary>
/// <param name="directory">Where it lies.</param>
/// <param name="boundary">The border between it and the jobs.</param>
/// <param name="settings">Read anew for each operation.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">The log.</param>
internal class LayerAccess(LayerDirectory directory, CacheBoundary boundary, ICacheSettingsSource settings, TimeProvider time, ILogger logger) : IDisposable
{
    protected LayerAccess(LayerAccess access)
        : this(access.Directory, access.Boundary, access.Settings, access.Time, access.Logger) => History = access.History;

    public string Name => Directory.Name;

    public LayerDirectory Directory { get; } = directory;

    /// <summary>The file system, also for the worker's files.</summary>
    public FileSystem Files => Directory.FileSystem;

    public CacheBoundary Boundary { get; } = boundary;

    public ICacheSettingsSource Settings { get; } = settings;

    public TimeProvider Time { get; } = time;

    public ILogger Logger { get; } = logger;

    /// <summary>Why the layer cannot be used, as its last operation found it; <see cref="CacheReason.None"/> where it can. Asks the disk nothing.</summary>
    public CacheReason Hindrance => Boundary.Unavailable?.Code
        ?? (Directory.Failure is { } failure ? FaultReasons.CodeOf(failure) : Boundary.Hangs ? CacheReason.Resting : CacheReason.None);

    /// <summary>Who keeps what happens; <see langword="null"/> where nobody does.</summary>
    public IHistory? History { get; init; }

    /// <inheritdoc cref="IHistory.Record"/>
    public void Record(HistoryEvent happened, Subject? about = null) => History?.Record(happened, about);

    /// <inheritdoc cref="CacheBoundary.ReleaseAsync"/>
    public ValueTask ReleaseAsync(params IDisposable?[] held) => Boundary.ReleaseAsync(held);

    public void Dispose() => Directory.Dispose();
}
