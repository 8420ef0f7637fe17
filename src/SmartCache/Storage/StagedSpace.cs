namespace SmartCache.Storage;

/// <summary>What an entry in the making will take on the disk, by its files and the directories that it has below its own.</summary>
internal static class StagedSpace
{
    private const int BlockSize = 4096;

    /// <summary>Of a manifest, with a short path.</summary>
    private const int LongestLine = 256;

    /// <summary>For what belongs to an entry beside its files: directories, and the records by which it is found.</summary>
    public const int Beside = 4 * BlockSize;

    /// <summary>The manifest, the lock, and the records by which the entry is found: a key, facts, the job's state.</summary>
    private const int InodesBeside = 5;

    /// <summary>What the published entry will take at most.</summary>
    public static long Needed(StagedFiles files) => OfManifest(files) + files.All.Sum(static file => Blocks(file.Witness.Length));

    /// <summary>The same for one file that is not there yet.</summary>
    public static long NeededFor(long length) => Beside + Blocks(4096 + LongestLine) + Blocks(length);

    /// <summary>The same for files that are not there yet.</summary>
    public static long NeededFor(IReadOnlyList<ManifestFile> files)
    {
        var directories = files.Select(static file => Path.GetDirectoryName(file.Path) ?? "").Distinct(StringComparer.Ordinal).Sum(static path => path.Count('/') + 1);
        return Beside + (directories * BlockSize) + Blocks(4096 + files.Sum(static file => 220L + file.Path.Length)) + files.Sum(static file => Blocks(file.Length));
    }

    /// <summary>What of it has still to be written: links and clones take no space of their own.</summary>
    public static long ToWrite(StagedFiles files) =>
        OfManifest(files) + files.All.Where(static file => file.Source is not null).Sum(static file => Blocks(file.Witness.Length));

    /// <summary>Files and directories that have to be made for it: links and clones are there already.</summary>
    public static long InodesToMake(StagedFiles files) =>
        InodesBeside + files.Directories.Count + files.All.Count(static file => file.Source is not null);

    // Lines of at most its path and 220 characters for each file.
    private static long OfManifest(StagedFiles files) =>
        Beside + (files.Directories.Count * BlockSize) + Blocks(4096 + files.All.Sum(static file => 220L + file.Path.Length));

    private static long Blocks(long bytes) => (bytes + BlockSize - 1) / BlockSize * BlockSize;
}
