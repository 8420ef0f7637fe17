using SmartCache.Storage.Platform;

namespace SmartCache.Storage;

/// <summary>What the files below a directory take.</summary>
internal static class DiskUsage
{
    private static readonly EnumerationOptions Everything = new() { RecurseSubdirectories = true, IgnoreInaccessible = true, AttributesToSkip = FileAttributes.ReparsePoint };

    /// <summary>What may not be listed is not nothing: the walk ends with an exception.</summary>
    private static readonly EnumerationOptions EverythingOrFail = new() { RecurseSubdirectories = true, IgnoreInaccessible = false, AttributesToSkip = FileAttributes.ReparsePoint };

    /// <summary>Allocated blocks; 0 where there is no such directory.</summary>
    public static long Of(string directory, OperationPulse pulse, FileSystem files)
    {
        long total = 0;
        foreach (var path in FileSystem.ListOrNone(() => files.ListFiles(directory, Everything)))
        {
            pulse.Beat();
            total += files.Stat(path)?.AllocatedBytes ?? 0;
        }

        return total;
    }

    /// <summary>The same, name by name: what cannot be looked at does not hide the rest.</summary>
    /// <param name="directory">Where they are.</param>
    /// <param name="pulse">Beaten for each.</param>
    /// <param name="files">The file system.</param>
    /// <param name="counts">Which names in the directory count, with all below them.</param>
    public static long OfEach(string directory, OperationPulse pulse, FileSystem files, Func<string, bool> counts)
    {
        long total = 0;
        foreach (var path in FileSystem.ListOrNone(() => files.List(directory)).Where(path => counts(Path.GetFileName(path))))
        {
            pulse.Beat();
            try
            {
                var facts = files.Stat(path);
                total += facts is { Kind: FileKind.Directory } ? Of(path, pulse, files) : facts?.AllocatedBytes ?? 0;
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                // The clean-up says that it cannot be deleted.
            }
        }

        return total;
    }

    /// <summary>Allocated blocks of the files and the directories; 0 where no directory is.</summary>
    /// <exception cref="UnauthorizedAccessException">A part of it may not be listed by this user.</exception>
    public static long OfAll(string directory, OperationPulse pulse, FileSystem files)
    {
        long total = 0;
        foreach (var path in files.Stat(directory) is null or { Kind: FileKind.Regular } ? [] : files.List(directory, EverythingOrFail))
        {
            pulse.Beat();
            total += files.Stat(path)?.AllocatedBytes ?? 0;
        }

        return total;
    }
}
