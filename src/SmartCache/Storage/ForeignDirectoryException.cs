namespace SmartCache.Storage;

/// <summary>A directory that the cache was given holds what the cache did not make. While that is so the whole cache is off.</summary>
internal sealed class ForeignDirectoryException(string directory, string layer)
    : IOException(
        $"'{directory}' is not empty, and no {OwnNames.Marker} there says that it is the directory '{layer}' of a cache. Nothing there is touched. "
        + "Give the cache a directory of its own (Cache:Directory, Cache:Locations), or empty this one. If it is a cache that lost its marker, delete it, or have `smartcache adopt` take it over.")
{
    /// <summary>The directory.</summary>
    public string Directory { get; } = directory;
}
