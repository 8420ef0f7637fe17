using SmartCache.Storage.Platform;

namespace SmartCache.Storage;

/// <summary>Small files that are replaced as a whole: written beside and renamed over. <see cref="BoundedFile"/> reads them.</summary>
internal static class StateFile
{
    /// <summary>
    /// Replaces a file atomically. A power cut may bring the old content back; with <paramref name="flush"/> never a torn or an empty one. Without, an empty one was
    /// seen on ext4 with its defaults and on xfs: neither keeps a rename back until the bytes are on the disk. Which of the two it is, is flushed with the directory.
    /// </summary>
    public static void Replace(LayerDirectory layer, string path, ReadOnlySpan<byte> content, bool flush)
    {
        var temporary = layer.NewStagingPath();
        try
        {
            WriteNew(layer, temporary, content, flush);
            layer.FileSystem.Replace(temporary, path);
        }
        catch
        {
            layer.FileSystem.Delete(temporary);
            throw;
        }
    }

    /// <summary>The same for content of many megabytes, which is never in memory as a whole. Not flushed.</summary>
    public static void Replace(LayerDirectory layer, string path, OperationPulse pulse, Action<Stream> write)
    {
        var temporary = layer.NewStagingPath();
        try
        {
            using (var stream = new WatchedFile(layer.FileSystem.CreateNew(temporary, layer.FileMode), FileAccess.Write, pulse))
            {
                write(stream);
            }

            layer.FileSystem.Replace(temporary, path);
        }
        catch
        {
            layer.FileSystem.Delete(temporary);
            throw;
        }
    }

    public static void WriteNew(LayerDirectory layer, string path, ReadOnlySpan<byte> content, bool flush)
    {
        using var handle = layer.FileSystem.CreateNew(path, layer.FileMode);
        RandomAccess.Write(handle, content, 0);
        if (flush)
        {
            RandomAccess.FlushToDisk(handle);
        }
    }
}
