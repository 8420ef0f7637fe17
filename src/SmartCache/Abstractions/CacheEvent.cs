using SmartCache.Abstractions;

namespace SmartCache;

/// <summary>One thing that happened in the cache, as told to an <see cref="IEvictionPolicy"/>.</summary>
/// <remarks>Which values are set depends on <see cref="Kind"/>.</remarks>
public readonly record struct CacheEvent
{
    private readonly string? _key;
    private readonly string? _jobId;

    /// <summary>One thing that happened.</summary>
    /// <param name="kind">What happened.</param>
    /// <param name="time">When it happened.</param>
    public CacheEvent(CacheEventKind kind, DateTimeOffset time)
    {
        Kind = kind;
        Time = time;
    }

    /// <summary>What happened.</summary>
    public CacheEventKind Kind { get; init; }

    /// <summary>When it happened.</summary>
    public DateTimeOffset Time { get; init; }

    /// <summary>Name of the entry; null for events of a job.</summary>
    public string? Key
    {
        get => _key;
        init => (_key, KeyHash, VideoHash) = (value, NameHash.Of(value), NameHash.OfVideo(value));
    }

    /// <summary>What the entry holds.</summary>
    /// <remarks>Only with a <see cref="Key"/>.</remarks>
    public EntryKind EntryKind { get; init; }

    /// <summary>Size of the entry in bytes; 0 where it is not known yet.</summary>
    public long Size { get; init; }

    /// <summary>Seconds it took to make the entry; null where unknown.</summary>
    public double? CostSeconds { get; init; }

    /// <summary>The job; null for a request without one.</summary>
    public string? JobId
    {
        get => _jobId;
        init => (_jobId, JobHash) = (value, NameHash.Of(value));
    }

    /// <summary>When the next attempt is expected; with <see cref="CacheEventKind.RetryExpected"/>.</summary>
    public DateTimeOffset? RetryAt { get; init; }

    /// <summary>How many unfinished jobs still use the entry; with <see cref="CacheEventKind.EntryReleased"/>.</summary>
    public int UnfinishedJobs { get; init; }

    /// <summary>Whether the job that released the entry had ended well; with <see cref="CacheEventKind.EntryReleased"/>.</summary>
    public bool JobFinished { get; init; }

    /// <summary>Whether the removed entry was protected by a job that shows signs of life; with <see cref="CacheEventKind.Evicted"/>.</summary>
    public bool WasProtected { get; init; }

    /// <summary>The rank for which the entry was chosen; with <see cref="CacheEventKind.Evicted"/>.</summary>
    public double Rank { get; init; }

    /// <summary>The key as the bounded tables hold it; 0 = none.</summary>
    internal ulong KeyHash { get; init; }

    /// <summary>The video that the key belongs to, as the bounded tables hold it; 0 = none.</summary>
    internal ulong VideoHash { get; init; }

    /// <summary>The job as the bounded tables hold it; 0 = none.</summary>
    internal ulong JobHash { get; init; }

    /// <summary>
    /// Whether the job had been silent for long since it last asked for the entry; with <see cref="CacheEventKind.Requested"/> and
    /// <see cref="CacheEventKind.EntryReleased"/>.
    /// </summary>
    internal bool AfterSilence { get; init; }

    /// <summary>Whether the job is known to have asked for something of the same video before; with <see cref="CacheEventKind.Requested"/>.</summary>
    internal bool IsOfKnownVideo { get; init; }

    /// <summary>What happened and when.</summary>
    /// <remarks>Not the job: its id comes from outside.</remarks>
    /// <returns>The text.</returns>
    public override string ToString() => $"{Kind} at {Time:O}";
}
