using SmartCache.Diagnostics;

namespace SmartCache.Layers;

/// <summary>What the layers of entries tell the rest of the cache, which lies above them. Methods return at once and never throw.</summary>
internal interface IEntryEvents
{
    /// <summary>An entry was asked for, or stored.</summary>
    void Observe(CacheEvent cacheEvent);

    /// <summary>A job asked for an entry: it is needed until the job has ended, and who asks again is a retry.</summary>
    /// <param name="kind">The layer.</param>
    /// <param name="entry">The content hash of a source, the name of a profile's entry.</param>
    /// <param name="jobId">The job.</param>
    /// <param name="use">What the request came to.</param>
    void Use(EntryKind kind, string entry, string jobId, StageUse use);

    /// <summary>The work of an entry was done because the cache did not have it.</summary>
    /// <param name="layer">The layer's name.</param>
    /// <param name="entry">The entry's.</param>
    void MadeAgain(string layer, string entry);
}
