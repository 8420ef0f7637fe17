namespace SmartCache;

/// <summary>What an entry of the cache holds, for an <see cref="IEvictionPolicy"/>.</summary>
public enum EntryKind
{
    /// <summary>A downloaded source video.</summary>
    Source,

    /// <summary>The files of one encoded profile.</summary>
    Profile,
}
