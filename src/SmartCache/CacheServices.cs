using System.Diagnostics.CodeAnalysis;
using System.Diagnostics.Metrics;
using Microsoft.Extensions.Logging;
using SmartCache.Configuration;
using SmartCache.Eviction;
using SmartCache.Prefetch;
using SmartCache.Storage;
using SmartCache.Storage.Platform;

namespace SmartCache;

/// <summary>What a <see cref="CacheManager"/> is made from.</summary>
internal sealed record CacheServices(ICacheSettingsSource Settings, ILogger Logger, TimeProvider Time)
{
    public ISourceProbe? Probe { get; init; }

    public IUploadPresence? Presence { get; init; }

    /// <summary>Makes the object store that a pool of workers shares; <see langword="null"/> where there is none.</summary>
    public Func<IObjectStore>? Store { get; init; }

    /// <summary>Makes the worker's own leases over machines; <see langword="null"/> = those in the store.</summary>
    public Func<IWorkLeases>? Leases { get; init; }

    /// <summary>What <see cref="Probe"/> and <see cref="Presence"/> live in; disposed of with the cache.</summary>
    public IAsyncDisposable? Helpers { get; init; }

    /// <summary>The worker's own downloaders, for what is fetched ahead; <see langword="null"/> = nothing is.</summary>
    public IPrefetchDownloaders? Downloaders { get; init; }

    public IMeterFactory? Meters { get; init; }

    /// <summary>The eviction policies that the settings may name.</summary>
    public EvictionPolicyCatalog Policies { get; init; } = new([]);

    /// <summary>The file system that all parts of the cache are given; another one only in tests.</summary>
    public FileSystem FileSystem { get; init; } = OfProcess;

    /// <summary>How many of the worker's files may be held open; another one only in tests.</summary>
    public HandleBudget Handles { get; init; } = HandleBudget.OfProcess;

    [SuppressMessage("ApiDesign", "RS0030", Justification = "A cache is made here.")]
    private static FileSystem OfProcess => FileSystem.Current;
}
