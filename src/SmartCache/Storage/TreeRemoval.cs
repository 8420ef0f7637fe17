using SmartCache.Storage.Platform;

namespace SmartCache.Storage;

/// <summary>Deletes what nobody needs any more.</summary>
internal static class TreeRemoval
{
    /// <summary>Deletes a file, or a directory with all that is in it; what another process has deleted meanwhile is no fault. Links are not followed.</summary>
    /// <param name="files">The file system.</param>
    /// <param name="path">What goes.</param>
    /// <param name="pulse">Beaten for every file: a recursive delete of a large tree on a slow disk would look like a hang.</param>
    public static void Delete(FileSystem files, string path, OperationPulse pulse)
    {
        try
        {
            if (files.Stat(path) is { Kind: FileKind.Directory })
            {
                foreach (var child in files.List(path))
                {
                    pulse.Beat();
                    Delete(files, child, pulse);
                }

                files.DeleteDirectory(path);
            }
            else
            {
                files.Delete(path);
            }
        }
        catch (Exception exception) when (exception is DirectoryNotFoundException or FileNotFoundException)
        {
            // Another process empties the same trash.
        }
    }
}
