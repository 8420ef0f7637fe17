using SmartCache.Storage.Platform;

namespace SmartCache.Storage;

/// <summary>What the files below a directory take.</summary>
internal static class DiskUsage
{
    private static readonly EnumerationOptions Everything = new() { RecurseSubdirectories = true, IgnoreInaccessible = true, AttributesToSkip = FileAttributes.ReparsePoint };

    /// <summary>What may not be listed is not nothing: the walk ends with an exception.</summary>
    private static readonly EnumerationOptions EverythingOrFail = new() { RecurseSubdirectories = true, IgnoreInaccessible = false, AttributesToSkip = FileAttributes.ReparsePoint };

    /// <summary>Allocated blocks; 0 where there is no such directory.</summary>
    /// <param name="directory">Where they are.</param>
    /// <param name="pulse">Beaten for each.</param>
    /// <param name="files">Who is asked about each; the real file system without it.</param>
    /// <param name="counts">Which names in the directory count, with all below them; all without it.</param>
    public static long Of(string directory, OperationPulse pulse, FileSystem? files = null, Func<string, bool>? counts = null)
    {
        if (!Directory.Exists(directory))
        {
            return 0;
        }

        long total = 0;
        foreach (var path in Directory.EnumerateFiles(directory, "*", Everything))
        {
            pulse.Beat();
            if (counts is not null && !counts(NameIn(directory, path)))
            {
                continue;
            }

            total += (files ?? FileSystem.Current).Stat(path)?.AllocatedBytes ?? 0;
        }

        return total;
    }

    /// <summary>Allocated blocks of the files and the directories; 0 where no directory is.</summary>
    /// <exception cref="UnauthorizedAccessException">A part of it may not be listed by this user.</exception>
    public static long OfAll(string directory, OperationPulse pulse, FileSystem files)
    {
        long total = 0;
        foreach (var path in files.Stat(directory) is null or { Kind: FileKind.Regular } ? [] : Directory.EnumerateFileSystemEntries(directory, "*", EverythingOrFail))
        {
            pulse.Beat();
            total += files.Stat(path)?.AllocatedBytes ?? 0;
        }

        return total;
    }

    private static string NameIn(string directory, string path)
    {
        var below = path.AsSpan(directory.Length + 1);
        return below.IndexOf(Path.DirectorySeparatorChar) is >= 0 and var end ? below[..end].ToString() : below.ToString();
    }
}
