namespace SmartCache;

/// <summary>How a caller's file came out of the cache, cheapest first.</summary>
/// <remarks>Of several files the most expensive way is named.</remarks>
public enum MaterializedBy
{
    /// <summary>A copy-on-write clone: instant, and nothing is shared.</summary>
    Reflink,

    /// <summary>A hard link to the cache's own file, made only while nobody else shares it.</summary>
    HardLink,

    /// <summary>A copy, byte for byte.</summary>
    Copy,

    /// <summary>Not out of the local cache: fetched from the remote store into the caller's file.</summary>
    Remote,
}
