using SmartCache.Storage.Platform;

namespace SmartCache.Storage;

/// <summary>Small files that are replaced as a whole: read with a bound, written beside and renamed over.</summary>
internal static class StateFile
{
    /// <summary>The content; <see langword="null"/> where there is no such file. A planted giant, link or FIFO is an <see cref="IOException"/>, not memory.</summary>
    public static byte[]? Read(string path, int maxBytes)
    {
        try
        {
            using var handle = FileSystem.Current.OpenRead(path);
            var length = RandomAccess.GetLength(handle);
            if (length > maxBytes)
            {
                throw new IOException($"'{Path.GetFileName(path)}' has {length} bytes; at most {maxBytes} are read.");
            }

            var content = new byte[length];
            var filled = 0;
            while (filled < content.Length)
            {
                var read = RandomAccess.Read(handle, content.AsSpan(filled), filled);
                if (read == 0)
                {
                    return content[..filled];
                }

                filled += read;
            }

            return content;
        }
        catch (FileNotFoundException)
        {
            return null;
        }
    }

    /// <summary>The same for content of many megabytes, which is never in memory as a whole.</summary>
    public static Stream? Open(string path, OperationPulse pulse)
    {
        try
        {
            return new WatchedFile(FileSystem.Current.OpenRead(path), FileAccess.Read, pulse);
        }
        catch (FileNotFoundException)
        {
            return null;
        }
    }

    /// <summary>
    /// Replaces a file atomically. With <paramref name="flush"/> it survives a power cut once the call returned; without, a power cut may bring
    /// the old content back, never a torn one on file systems that order the rename behind the data (ext4, xfs, btrfs by default).
    /// </summary>
    public static void Replace(LayerDirectory layer, string path, ReadOnlySpan<byte> content, bool flush)
    {
        var temporary = layer.NewStagingPath();
        try
        {
            WriteNew(layer, temporary, content, flush);
            File.Move(temporary, path, overwrite: true);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }

        if (flush)
        {
            layer.FileSystem.Flush(Path.GetDirectoryName(path)!);
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

            File.Move(temporary, path, overwrite: true);
        }
        catch
        {
            File.Delete(temporary);
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
