namespace SmartCache;

/// <summary>What happened in the cache, for an <see cref="IEvictionPolicy"/>.</summary>
public enum CacheEventKind
{
    /// <summary>Something was asked for, whether or not the cache had it.</summary>
    Requested,

    /// <summary>An entry was stored.</summary>
    Published,

    /// <summary>An entry was removed to make room.</summary>
    Evicted,

    /// <summary>A job began.</summary>
    JobStarted,

    /// <summary>A job showed a sign of life without asking for anything.</summary>
    JobActive,

    /// <summary>An attempt of a job failed and another one is known to come.</summary>
    RetryExpected,

    /// <summary>A job ended well.</summary>
    JobCompleted,

    /// <summary>A job was given up.</summary>
    JobAbandoned,

    /// <summary>A job that had asked for an entry ended; raised once for each such entry, after the event that ended the job.</summary>
    EntryReleased,
}
