using SmartCache.Storage.Platform;

namespace SmartCache.Storage;

/// <summary>Reads files that may be anything by now, and never more of them than their format allows.</summary>
internal static class BoundedFile
{
    /// <summary>The content; <see langword="null"/> where there is no such file. A planted giant, link or FIFO is an <see cref="IOException"/>, not memory.</summary>
    public static byte[]? Read(FileSystem files, string path, int maxBytes)
    {
        try
        {
            using var handle = files.OpenRead(path);
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
        catch (NotSupportedException exception)
        {
            // What has no place to read at: a pipe, or a file whose disk fails just then.
            throw new IOException($"'{Path.GetFileName(path)}' cannot be read.", exception);
        }
    }

    /// <summary>The same for content of many megabytes, which is never in memory as a whole.</summary>
    public static Stream? Open(FileSystem files, string path, OperationPulse pulse)
    {
        try
        {
            return new WatchedFile(files.OpenRead(path), FileAccess.Read, pulse);
        }
        catch (FileNotFoundException)
        {
            return null;
        }
    }
}
