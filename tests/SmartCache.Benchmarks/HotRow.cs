namespace SmartCache.Benchmarks;

/// <summary>What <see cref="Contention"/> tells apart. Each has its own CPU loop.</summary>
internal enum HotRow
{
    /// <summary>No hit: the cache lost it.</summary>
    None = -1,
    SourceLookUp,
    ProfileLookUp,

    /// <summary>By hard link, or by clone where the file system makes such.</summary>
    SourceLinked,

    /// <summary>Because another worker held a link or a lease just then.</summary>
    SourceCopied,
    ProfileLinked,
    ProfileCopied,

    /// <summary>The rest is made by hand, without a cache: what it costs to ask the same of the file system.</summary>
    LockByHand,
    LinkByHand,
    LinksByHand,
}
