using System.Text;
using SmartCache.Profiles;
using SmartCache.Storage;
using SmartCache.Storage.Platform;

namespace SmartCache.Inspection;

/// <summary>Looks at the parts that unfinished encodes have left. A journal that is another's, or of a newer version, has none.</summary>
internal sealed class CheckpointLooks(LayerDirectory profiles)
{
    private const int MaxJournal = 64 << 20;

    private readonly FileSystem _files = profiles.FileSystem;

    public IEnumerable<InspectedCheckpoint> All() =>
        FileSystem.ListOrNone(() => _files.ListDirectories(Path.Combine(profiles.Root, "partials")))
            .Where(static path => OwnNames.IsEntry(Path.GetFileName(path)))
            .Select(path => Looking.OrNone(() => Look(path)))
            .OfType<InspectedCheckpoint>();

    private InspectedCheckpoint? Look(string directory)
    {
        var path = Path.Combine(directory, OwnNames.PartsJournal);
        if (_files.Stat(path) is not { } facts || BoundedFile.Read(_files, path, MaxJournal) is not { } journal)
        {
            return null;
        }

        var contents = new PartsContents();
        var isOwn = false;
        foreach (var range in journal.AsSpan().Split((byte)'\n'))
        {
            var line = journal.AsSpan()[range];
            if (!line.IsEmpty && ChecksummedLine.IsIntact(line))
            {
                var body = Encoding.ASCII.GetString(line[(ChecksummedLine.ChecksumLength + 1)..]);
                if (isOwn)
                {
                    contents.Apply(body);
                }

                isOwn |= body.StartsWith("K 1 ", StringComparison.Ordinal);
            }
        }

        var parts = contents.All.ToList();
        return new InspectedCheckpoint
        {
            Entry = Path.GetFileName(directory),
            Parts = parts.Count,
            Bytes = parts.Sum(static part => part.Length),
            Work = TimeSpan.FromSeconds(parts.Sum(static part => part.Seconds)),
            Length = parts.Aggregate(TimeSpan.Zero, static (sum, part) => sum + part.Duration),
            LastUse = facts.Modified,
        };
    }
}
