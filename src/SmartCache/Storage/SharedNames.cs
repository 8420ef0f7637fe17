using SmartCache.Storage.Platform;

namespace SmartCache.Storage;

/// <summary>
/// A hit's file can be one with the entry's, by hard link, and a stage that makes its output anew in the same place may truncate what it finds there.
/// So such a name is taken away before a stage runs: the stage then makes a file of its own. A file with one name only stays; it may be a partial.
/// These are looks at the worker's own directories, on the disk that its stage is about to write to. They go on while the layer rests.
/// </summary>
internal static class SharedNames
{
    private static readonly EnumerationOptions _everyFile = new()
    {
        RecurseSubdirectories = true,
        IgnoreInaccessible = true,
        AttributesToSkip = FileAttributes.ReparsePoint,
    };

    /// <summary>Takes away one name of a file that has others. A symbolic link is not followed.</summary>
    public static void Remove(FileSystem files, string path)
    {
        if (files.Stat(path) is { Kind: not FileKind.Directory, Links: > 1 })
        {
            files.Delete(path);
        }
    }

    /// <summary>Takes away the names below a directory that lead to files of an entry.</summary>
    /// <param name="files">The file system.</param>
    /// <param name="directory">The worker's.</param>
    /// <param name="entry">Where the entry lies, if there is one.</param>
    /// <param name="device">
    /// What the cache lies on. On another one no name leads there, and the entry is not even looked for: the disk of the cache may be one that hangs.
    /// </param>
    public static void RemoveBelow(FileSystem files, string directory, string entry, ulong? device)
    {
        if (files.Stat(directory) is not { Kind: FileKind.Directory } place || place.Device != device || files.Stat(entry) is not { Kind: FileKind.Directory })
        {
            return;
        }

        var stored = new HashSet<(ulong, ulong)>();
        foreach (var path in files.ListFiles(entry, _everyFile))
        {
            if (files.Stat(path) is { Links: > 1 } facts)
            {
                stored.Add((facts.Device, facts.Inode));
            }
        }

        if (stored.Count > 0)
        {
            foreach (var path in files.ListFiles(directory, _everyFile))
            {
                if (files.Stat(path) is { Links: > 1 } facts && stored.Contains((facts.Device, facts.Inode)))
                {
                    files.Delete(path);
                }
            }
        }
    }
}
