namespace SmartCache.Storage;

/// <summary>Where the cache lies, and with which modes it makes what is its own.</summary>
internal interface ICachePlace
{
    /// <summary>The cache's directory; a layer may lie elsewhere.</summary>
    string Root { get; }

    UnixFileMode DirectoryMode { get; }

    UnixFileMode FileMode { get; }
}
