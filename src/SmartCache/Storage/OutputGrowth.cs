using System.IO.Enumeration;
using SmartCache.Storage.Platform;

namespace SmartCache.Storage;

/// <summary>
/// Whether a stage's output grows, asked now and then. Only what was made or changed since the stage began counts: many jobs may share a directory, and what others
/// left there, or delete there, says nothing about this one. A look is bounded; beyond that many files a stage has to report progress to be seen alive.
/// </summary>
/// <param name="files">The file system.</param>
/// <param name="output">The file or directory that the stage writes.</param>
/// <param name="began">When it began, by the clock that stamps files.</param>
internal sealed class OutputGrowth(FileSystem files, string output, DateTimeOffset began)
{
    /// <summary>Files and directories that one look visits at most, 30 ms of them; it comes round every 10 s.</summary>
    public const int MostVisited = 10_000;

    private const int VisitsPerBeat = 256;

    private static readonly EnumerationOptions _all = new() { RecurseSubdirectories = true, IgnoreInaccessible = true, AttributesToSkip = FileAttributes.ReparsePoint };

    // The clock of a network file system may be behind ours: what changed between two looks counts whatever its time says. Eight bytes for each file.
    private HashSet<int>? _seen;
    private bool _wasCutOff;

    /// <summary>How many files and directories the last look visited.</summary>
    public int Visited { get; private set; }

    /// <summary>Whether something was made or changed since the last look; the first one compares with when the stage began.</summary>
    /// <exception cref="OperationCanceledException">The look took too long and was given up.</exception>
    public bool HasGrown(OperationPulse pulse)
    {
        try
        {
            return Look(pulse);
        }
        catch (DirectoryNotFoundException)
        {
            // Gone between the look at it and the listing: somebody works there.
            return true;
        }
    }

    private bool Look(OperationPulse pulse)
    {
        var before = _seen;
        var seen = new HashSet<int>();
        var hasGrown = false;
        Visited = 0;
        IEnumerable<(int Mark, DateTimeOffset Modified)> found = files.Stat(output) switch
        {
            null => [],
            { Kind: FileKind.Directory } => FilesBelow(output),
            { } file => [(HashCode.Combine(file.Inode, file.Length, file.ModifiedNanoseconds), file.Modified)],
        };
        foreach (var (mark, modified) in found)
        {
            if (++Visited % VisitsPerBeat == 0)
            {
                pulse.Beat();
            }

            // Where not all can be visited, which ones are differs from look to look, and only the time tells.
            hasGrown |= mark != 0 && seen.Add(mark) && before?.Contains(mark) != true && (modified >= began || (before is not null && !_wasCutOff));
            if (Visited == MostVisited)
            {
                break;
            }
        }

        _wasCutOff = Visited == MostVisited;
        _seen = seen;
        return hasGrown;
    }

    private IEnumerable<(int Mark, DateTimeOffset Modified)> FilesBelow(string directory) => files.Walk(
        directory,
        _all,
        static (ref FileSystemEntry entry) =>
        {
            // A directory changes with whatever others do in it. Of a file that goes away meanwhile the length is 0; nothing throws.
            var modified = entry.IsDirectory ? default : entry.LastWriteTimeUtc;
            return (entry.IsDirectory ? 0 : HashCode.Combine(string.GetHashCode(entry.Directory), string.GetHashCode(entry.FileName), entry.Length, modified), modified);
        });
}
