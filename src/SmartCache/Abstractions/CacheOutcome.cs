namespace SmartCache;

/// <summary>What the cache did for one request.</summary>
public enum CacheOutcome
{
    /// <summary>The cache was not asked: it is off, unavailable, or the request said so.</summary>
    Bypass,

    /// <summary>The work was done.</summary>
    Miss,

    /// <summary>The work was found done.</summary>
    Hit,

    /// <summary>Another caller was doing the same work; its result was waited for and used.</summary>
    Joined,

    /// <summary>The work was done ahead of this request, which is the first to ask for it. Not a <see cref="Hit"/>: it spared time, and no bytes.</summary>
    Prefetched,
}
