namespace SmartCache.Storage;

/// <summary>A directory of one caller, for work whose result the cache may or may not keep. Deleted when disposed of.</summary>
internal sealed class PrivateDirectory(string path) : IDisposable
{
    public string Path { get; } = path;

    /// <summary>Outside the cache, for work that must go on where the cache has no place for it.</summary>
    public static PrivateDirectory OutsideTheCache() => new(Directory.CreateTempSubdirectory("smartcache-").FullName);

    /// <summary>In a layer's staging: on the cache's own file system, so that its files can become an entry's by link and the other way round.</summary>
    public static PrivateDirectory InStaging(LayerDirectory layer)
    {
        var path = layer.NewStagingPath();
        layer.MakeDirectory(path);
        return new PrivateDirectory(path);
    }

    public void Dispose()
    {
        try
        {
            Directory.Delete(Path, recursive: true);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // The operating system's temporary directory is cleaned by its owner.
        }
    }
}
