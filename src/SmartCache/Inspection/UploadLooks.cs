using SmartCache.Jobs;
using SmartCache.Storage;
using SmartCache.Uploads;

namespace SmartCache.Inspection;

/// <summary>Looks at the jobs on record and at what targets have confirmed.</summary>
internal sealed class UploadLooks(LayerDirectory layer)
{
    private const int JobDigits = 16;

    private readonly JobStates _states = new(layer);

    public int CountJobs(CancellationToken cancellationToken) => _states.Paths(Looking.Pulse(cancellationToken)).Count();

    public IEnumerable<InspectedJob> Jobs(CancellationToken cancellationToken)
    {
        var pulse = Looking.Pulse(cancellationToken);
        return _states.ReadAll(_states.Paths(pulse), pulse, static _ => { }).Select(static found => new InspectedJob
        {
            Job = Path.GetFileNameWithoutExtension(found.Path)[^JobDigits..],
            State = found.State.ToState(),
        });
    }

    public IEnumerable<InspectedTarget> Targets(CancellationToken cancellationToken) => JournalFiles.NamesIn(layer).Select(name => Look(name, cancellationToken));

    private InspectedTarget Look(string name, CancellationToken cancellationToken)
    {
        var target = new InspectedTarget { Name = name };
        foreach (var part in JournalFiles.PartsOf(layer, name))
        {
            target = Looking.OrNone(() => Add(target, part, cancellationToken)) ?? target with { Parts = target.Parts + 1, UnreadParts = target.UnreadParts + 1 };
        }

        return target;
    }

    private InspectedTarget Add(InspectedTarget target, JournalPart part, CancellationToken cancellationToken)
    {
        var pulse = Looking.Pulse(cancellationToken);
        using var handle = layer.FileSystem.OpenRead(JournalFiles.PathOf(layer, target.Name, part));
        var length = RandomAccess.GetLength(handle);
        var header = PartHeader.Read(handle, target.Name, null, pulse);
        target = target with { Parts = target.Parts + 1, Bytes = target.Bytes + length };
        if (header is not { State: PartHeader.Form.Own, Record: { } named })
        {
            return target with { UnreadParts = target.UnreadParts + 1 };
        }

        var (files, profiles, trees, forgotten, newest) = (0L, 0L, 0L, 0L, 0L);
        new JournalReader().Follow(handle, length, pulse, (line, _) =>
        {
            if (!JournalRecord.TryPeek(line, out var kind, out var _) || !JournalRecord.IsKnown(kind) || kind == JournalKind.Header || !JournalRecord.IsIntact(line))
            {
                return;
            }

            files += kind == JournalKind.File ? 1 : 0;
            profiles += kind == JournalKind.Profile ? 1 : 0;
            trees += kind == JournalKind.Tree ? 1 : 0;
            forgotten += JournalRecord.IsForgotten(kind) ? 1 : 0;
            newest = Math.Max(newest, JournalRecord.TimeOf(line));
        });
        var last = newest is > 0 and < 253_402_300_800 ? DateTimeOffset.FromUnixTimeSeconds(newest) : (DateTimeOffset?)null;
        return target with
        {
            Id = named.TargetId,
            ImportParameters = named.ImportParameters,
            Files = target.Files + files,
            Profiles = target.Profiles + profiles,
            Trees = target.Trees + trees,
            Forgotten = target.Forgotten + forgotten,
            Newest = target.Newest is { } before && !(last > before) ? before : last,
        };
    }
}
