using System.Diagnostics.Metrics;
using Microsoft.Extensions.Logging;

namespace SmartCache;

/// <summary>What a <see cref="CacheManager"/> without a container may be given by whoever makes it. All of it is optional, and stays its giver's to dispose of.</summary>
public sealed class CacheDependencies
{
    /// <summary>Where the cache logs; <see langword="null"/> = nowhere.</summary>
    public ILoggerFactory? LoggerFactory { get; init; }

    /// <summary>The clock.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;

    /// <summary>Looks into sources once per content; <see langword="null"/> = none, and recipes say how long their results must be.</summary>
    public ISourceProbe? Probe { get; init; }

    /// <summary>Asks targets whether they still hold what was recorded; <see langword="null"/> = records older than <c>TrustUploads</c> are not relied on.</summary>
    public IUploadPresence? Presence { get; init; }

    /// <summary>
    /// The worker's own downloader, without the cache around it, for <see cref="ICacheManager.PrefetchAsync"/>; <see langword="null"/> = nothing is fetched ahead.
    /// It is called from threads of the cache's own, beside those of jobs.
    /// </summary>
    public IVideoDownloader? Downloader { get; init; }

    /// <summary>Eviction policies beside those of the library, for <see cref="CacheOptions.EvictionPolicy"/> to name.</summary>
    public IEnumerable<IEvictionPolicy> Policies { get; init; } = [];

    /// <summary>The object store that a pool of workers shares; <see langword="null"/> = none. Used where <see cref="CacheOptions.Remote"/> says so.</summary>
    public IObjectStore? RemoteStore { get; init; }

    /// <summary>Leases over machines; <see langword="null"/> = those in the store, where it proves that it keeps conditions.</summary>
    public IWorkLeases? WorkLeases { get; init; }

    /// <summary>Makes the meter; <see langword="null"/> = one that is nobody's.</summary>
    public IMeterFactory? Meters { get; init; }
}
