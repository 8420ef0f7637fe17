using Microsoft.Extensions.Logging;
using SmartCache.Storage;
using SmartCache.Storage.Platform;

namespace SmartCache.Uploads;

/// <summary>
/// What happens to journals beside being written: parts that are not the newest are sorted, once, and parts go when their day and every record in them are too
/// old. The oldest go first and one that stays keeps the later ones, so that nothing outlives what took it back.
/// </summary>
internal sealed class JournalUpkeep(LayerDirectory layer, ILogger logger)
{
    private const string OldForm = ".journal";

    private readonly TimesAhead _ahead = new();

    /// <summary>Sorts and ages all journals. Faults of one of them leave the others alone.</summary>
    public void Run(OperationPulse pulse, DateTimeOffset now, TimeSpan maxAge)
    {
        foreach (var name in JournalFiles.NamesIn(layer).ToList())
        {
            Guarded(name, () => Age(name, pulse, now, maxAge));
            Sort(name, pulse, now);
        }

        RemoveOldForm(pulse, now, maxAge);
    }

    /// <summary>Sorts the parts of one target that were closed and not sorted yet.</summary>
    public void Sort(string name, OperationPulse pulse, DateTimeOffset now)
    {
        List<JournalPart> parts = [];
        Guarded(name, () => parts = JournalFiles.PartsOf(layer, name));
        foreach (var part in parts.SkipLast(1))
        {
            pulse.Beat();
            Guarded(name, () =>
            {
                var sorting = new PartSorting(layer, name, part, now);
                if (sorting.Run(pulse))
                {
                    UploadLog.PartSorted(logger, part.ToString(), name, sorting.Lines, sorting.Live);
                }
            });
        }
    }

    /// <summary>When the newest record of a sorted part was written, as its header says.</summary>
    public static DateTimeOffset TimeOf(long unixTime) => DateTimeOffset.FromUnixTimeSeconds(Math.Clamp(unixTime, 0, DateTimeOffset.MaxValue.ToUnixTimeSeconds()));

    private void Age(string name, OperationPulse pulse, DateTimeOffset now, TimeSpan maxAge)
    {
        using var turn = JournalFiles.TakeTurn(layer, name, pulse);
        foreach (var part in JournalFiles.PartsOf(layer, name))
        {
            var path = JournalFiles.PathOf(layer, name, part);
            if (layer.FileSystem.Stat(path) is { Kind: FileKind.Directory })
            {
                // Nobody's record is in it, so that nothing later has to wait for it; and it cannot be deleted as a part is.
                continue;
            }

            var header = HeaderOf(path, name, pulse);
            if (header.State == PartHeader.Form.Newer)
            {
                continue;
            }

            var used = header.IsSorted ? TimeOf(header.Record!.UnixTime) : layer.FileSystem.Stat(path)?.Modified ?? now;

            // The day of a clock that was ahead does not keep a part until it comes.
            var isPast = part < JournalPart.FirstOf(now - maxAge) || part.Day > JournalPart.FirstOf(now).Day;
            if (!isPast || _ahead.Believe(path, used, now) >= now - maxAge)
            {
                break;
            }

            layer.FileSystem.Delete(path);
            UploadLog.PartDeleted(logger, part.ToString(), name);
        }

        var directory = JournalFiles.DirectoryOf(layer, name);
        if (!layer.FileSystem.List(directory).Any())
        {
            // A writer that is about to begin a part here makes the directory again.
            layer.FileSystem.DeleteDirectory(directory);
        }
    }

    private PartHeader HeaderOf(string path, string name, OperationPulse pulse)
    {
        try
        {
            using var handle = layer.FileSystem.OpenRead(path);
            return PartHeader.Read(handle, name, null, pulse);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return default; // goes by the file's own time, which is that of its newest record
        }
    }

    /// <summary>Journals of before the parts are not read any more.</summary>
    private void RemoveOldForm(OperationPulse pulse, DateTimeOffset now, TimeSpan maxAge)
    {
        var directory = JournalFiles.DirectoryOf(layer);
        if (layer.FileSystem.Stat(directory) is not { Kind: FileKind.Directory })
        {
            return;
        }

        foreach (var path in layer.FileSystem.ListFiles(directory, "*" + OldForm).Where(static path => JournalFiles.IsName(Path.GetFileNameWithoutExtension(path))))
        {
            pulse.Beat();
            if (layer.FileSystem.Stat(path) is { } facts && _ahead.Believe(path, facts.Modified, now) < now - maxAge)
            {
                Guarded(Path.GetFileNameWithoutExtension(path), () => layer.FileSystem.Delete(path));
            }
        }
    }

    private void Guarded(string name, Action work)
    {
        try
        {
            work();
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            // Somebody else was faster; or the staging is gone, which the next operation sees to. What is left is for the next clean-up.
            layer.Doubt();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            UploadLog.UpkeepFailed(logger, name, exception.GetType().Name);
        }
    }
}
