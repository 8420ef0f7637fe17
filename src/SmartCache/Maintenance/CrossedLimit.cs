namespace SmartCache.Maintenance;

/// <summary>The limit because of which something has to go.</summary>
internal enum CrossedLimit
{
    /// <summary>The cache takes too much.</summary>
    MaxSize,

    /// <summary>The disk has too little left, whoever fills it.</summary>
    MinFreeSpace,

    /// <summary>The disk can take too few further files, whoever made the others.</summary>
    MinFreeInodes,
}
