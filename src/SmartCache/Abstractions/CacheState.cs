using SmartCache.Abstractions;

namespace SmartCache;

/// <summary>What one process knows of the cache without a look at its disk.</summary>
/// <remarks>
/// Space and disks are as they were when this process last looked: in a host every five seconds, else when something was stored. Entries and what jobs need are
/// counted at each clean-up and eviction of this process. A layer is as its last operation found it.
/// </remarks>
public sealed record CacheState
{
    private readonly ListByContent<LayerState> _layers = new([]);

    /// <summary>Whether the settings switch the cache on.</summary>
    public bool IsEnabled { get; init; } = true;

    /// <summary>Whether it is off because its settings were invalid at start, with <c>OnInvalidSettings=Disable</c>.</summary>
    public bool HasInvalidSettings { get; init; }

    /// <summary>The layers, and the account of the space as the last one.</summary>
    public IReadOnlyList<LayerState> Layers { get => _layers.List; init => _layers = new(value); }

    /// <summary>What the cache takes, over all processes; <see langword="null"/> before it was looked at.</summary>
    public SpaceStatistics? Space { get; init; }

    /// <summary>
    /// Bytes of entries that unfinished jobs of all processes need, without those of jobs that have been silent for six hours; <see langword="null"/> before they were counted,
    /// and where the jobs could not be read.
    /// </summary>
    public long? NeededBytes { get; init; }

    /// <summary>The remote tier; <see langword="null"/> where it is off, or no store is registered.</summary>
    public RemoteState? Remote { get; init; }

    /// <summary>
    /// Time since a clean-up was seen: one of this process that ended, or another process at work on one. Where none was, the age of the cache in this process.
    /// </summary>
    public TimeSpan SinceCleanup { get; init; }

    /// <summary><c>CleanupInterval</c>.</summary>
    public TimeSpan CleanupInterval { get; init; }
}
