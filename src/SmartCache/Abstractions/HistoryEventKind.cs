namespace SmartCache;

/// <summary>What happened in the cache, as its history keeps it.</summary>
/// <remarks>A name stands on the disk and keeps its meaning. Later versions may have more.</remarks>
public enum HistoryEventKind
{
    /// <summary>A stage went past its layer: with outcome, reason, time, bytes and the work that was done or spared.</summary>
    Requested,

    /// <summary>An entry served a request, or would serve the next one: what an eviction policy judges by.</summary>
    Used,

    /// <summary>A result was stored.</summary>
    Stored,

    /// <summary>A result was not stored, with the reason.</summary>
    Refused,

    /// <summary>An entry went to make room: for which limit, chosen by which policy, and what it would cost to make again.</summary>
    Evicted,

    /// <summary>An entry went because nobody had used it for <c>MaxAge</c>.</summary>
    Expired,

    /// <summary>A source was rejected: the worker called it bad, or an encode of it failed before one had proven it.</summary>
    Rejected,

    /// <summary>An entry was read and proven wrong.</summary>
    Quarantined,

    /// <summary>An entry went for another reason: the worker asked for it, a new one took its place, or the disk does not give it.</summary>
    Removed,

    /// <summary>An entry that a limit or its age had taken was made again.</summary>
    Regretted,

    /// <summary>An operation of the cache failed. The same fault of a layer is noted again after 15 minutes.</summary>
    Faulted,

    /// <summary>A layer rests, because the disk did not answer in time.</summary>
    Rested,

    /// <summary>A clean-up ended.</summary>
    CleanedUp,

    /// <summary>A job began, or began again.</summary>
    JobStarted,

    /// <summary>An attempt of a job failed, and another one is known to come.</summary>
    RetryExpected,

    /// <summary>A job ended well.</summary>
    JobCompleted,

    /// <summary>A job was given up.</summary>
    JobAbandoned,

    /// <summary>An announced download is over: what became of it, as the operation, with bytes, the seconds it took and how long it stood still for jobs.</summary>
    Prefetched,

    /// <summary>The first request for what had been fetched ahead: with the seconds that lay before it, and how long it had waited.</summary>
    PrefetchUsed,

    /// <summary>What had been fetched ahead went without a request for it.</summary>
    PrefetchWasted,

    /// <summary>An entry was sent to the store that a pool of hosts shares: with its bytes and the time it took.</summary>
    Sent,

    /// <summary>An entry that waited to be sent was given up, with the reason as the operation: <c>QueueAge</c>, <c>QueueSize</c> or <c>Refused</c>; <c>MaxAge</c> of a removal.</summary>
    SendDropped,
}
