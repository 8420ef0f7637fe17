using SmartCache.Storage.Platform;

namespace SmartCache.Storage;

/// <summary>A directory of one caller, for work whose result the cache may or may not keep. Deleted when disposed of.</summary>
internal sealed class PrivateDirectory : IDisposable
{
    private readonly FileSystem _files;
    private readonly LayerDirectory? _layer;

    private PrivateDirectory(FileSystem files, string path, LayerDirectory? layer)
    {
        _files = files;
        Path = path;
        _layer = layer;
    }

    public string Path { get; }

    /// <summary>Whether nothing of it takes space any more.</summary>
    public bool IsGone { get; private set; }

    /// <summary>Outside the cache, for work that must go on where the cache has no place for it.</summary>
    public static PrivateDirectory OutsideTheCache(FileSystem files) => new(files, files.MakeTemporaryDirectory("smartcache-"), null);

    /// <summary>In a layer's staging: on the cache's own file system, so that its files can become an entry's by link and the other way round.</summary>
    public static PrivateDirectory InStaging(LayerDirectory layer)
    {
        var path = layer.NewStagingPath();
        layer.MakeDirectory(path);
        return new PrivateDirectory(layer.FileSystem, path, layer);
    }

    public void Dispose()
    {
        try
        {
            // Through the trash, which is counted as used and emptied by every clean-up; staging is swept only when its process has ended.
            if ((_layer is null ? Path : _layer.MoveToTrash(Path)) is { } doomed)
            {
                _files.DeleteDirectory(doomed, recursive: true);
                IsGone = true;
            }
        }
        catch (Exception)
        {
            // The operating system's temporary directory is cleaned by its owner, the trash by the next clean-up.
        }
    }
}
