namespace SmartCache;

/// <summary>How one request uses the cache.</summary>
public enum CacheUse
{
    /// <summary>Reads from the cache and stores what was made.</summary>
    /// <remarks>The default.</remarks>
    Use,

    /// <summary>Does not read: the work is done anew, and its result replaces what is stored.</summary>
    Refresh,

    /// <summary>Reads, but stores nothing new.</summary>
    NoStore,

    /// <summary>Neither reads nor stores.</summary>
    Bypass,
}
