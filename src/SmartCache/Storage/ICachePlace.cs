namespace SmartCache.Storage;

/// <summary>Where the cache lies, and with which modes it makes what is its own.</summary>
internal interface ICachePlace
{
    /// <summary>The cache's directory; a layer may lie elsewhere.</summary>
    string Root { get; }

    /// <summary>Whether neither the root nor a layer's directory is ever made.</summary>
    bool IsExistingOnly { get; }

    UnixFileMode DirectoryMode { get; }

    UnixFileMode FileMode { get; }
}
