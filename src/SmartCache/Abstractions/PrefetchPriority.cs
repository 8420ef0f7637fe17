namespace SmartCache;

/// <summary>For whom something is fetched ahead: in this order, and what it may keep in the cache.</summary>
public enum PrefetchPriority
{
    /// <summary>For a job that is next in this worker's queue. In the order announced; the entry belongs to that job from the announcement on.</summary>
    NextJob,

    /// <summary>For a retry that is known to come. The entry belongs to its job, as with <see cref="NextJob"/>.</summary>
    Retry,

    /// <summary>For whoever asks: by <see cref="PrefetchRequest.Weight"/> × seconds / bytes. Nothing protects the entry.</summary>
    Popular,
}
