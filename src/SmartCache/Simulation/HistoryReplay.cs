using SmartCache.Eviction;
using SmartCache.Simulation;

namespace SmartCache;

/// <summary>Says what a cache of another size, or with another eviction policy, would have spared of the work that a history records.</summary>
/// <remarks>
/// <para>
/// It replays <see cref="HistoryEventKind.Used"/> and the beginnings, ends and expected retries of jobs through the library's own policies, with the protection of unfinished jobs
/// around each. It begins with an empty cache, takes no time and needs no disk.
/// </para>
/// <para>
/// It knows no leases and no <c>MaxAge</c>, and an entry is there the moment it is asked for, so that a real cache of the same size is a little worse. What was asked before the
/// history begins is not known. Thread-safe.
/// </para>
/// </remarks>
public sealed class HistoryReplay
{
    // As the library evicts: docs/operations.md.
    private const double LowWater = 0.9;

    private static readonly EvictionPolicyCatalog _catalog = new([]);

    private readonly Trace _trace;

    /// <summary>Takes what a replay needs of a history.</summary>
    /// <param name="history">The events, in any order.</param>
    public HistoryReplay(IEnumerable<HistoryEvent> history)
    {
        ArgumentNullException.ThrowIfNull(history);
        _trace = HistoryTrace.Of("history", history);
        Requests = _trace.Events.Count(static e => e.Kind == CacheEventKind.Requested);
        Footprint = _trace.Footprint;
    }

    /// <summary>The names of the library's policies.</summary>
    public static IReadOnlyList<string> Policies => _catalog.Names;

    /// <summary>Requests in the history: each time that an entry served one, or was made for one.</summary>
    public int Requests { get; }

    /// <summary>Bytes of all different entries together. A cache of this size evicts nothing.</summary>
    public long Footprint { get; }

    /// <summary>Replays the history with a policy of the library.</summary>
    /// <param name="policy">Its name, whatever the case of its letters.</param>
    /// <param name="maxSize">Bytes that the cache may hold.</param>
    /// <exception cref="ArgumentException">The library has no such policy.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The size is negative.</exception>
    public HistoryReplayResult Run(string policy, long maxSize)
    {
        ArgumentException.ThrowIfNullOrEmpty(policy);
        return _catalog.TryFind(policy, out var found)
            ? Run(found, maxSize)
            : throw new ArgumentException($"The library has no policy '{policy}'. It has {string.Join(", ", Policies)}.", nameof(policy));
    }

    /// <summary>Replays the history with a policy of one's own.</summary>
    /// <param name="policy">A new one: it is told what happens.</param>
    /// <param name="maxSize">Bytes that the cache may hold.</param>
    /// <exception cref="ArgumentOutOfRangeException">The size is negative.</exception>
    public HistoryReplayResult Run(IEvictionPolicy policy, long maxSize)
    {
        ArgumentNullException.ThrowIfNull(policy);
        ArgumentOutOfRangeException.ThrowIfNegative(maxSize);
        var result = Replay.Run(_trace, new SimulatedCache(maxSize, policy, protectsJobs: true, LowWater), policy.Name);
        return new HistoryReplayResult
        {
            Policy = result.Policy,
            MaxSize = maxSize,
            Requests = result.All.Gets,
            Hits = result.All.Hits,
            Work = TimeSpan.FromSeconds(result.All.Seconds),
            SparedWork = TimeSpan.FromSeconds(result.All.HitSeconds),
            Retries = result.Retries.Gets,
            RetryHits = result.Retries.Hits,
            Evictions = result.Evictions,
            NotStored = result.Bypassed,
        };
    }
}
