using SmartCache.Storage;
using SmartCache.Storage.Platform;

namespace SmartCache.Inspection;

/// <summary>Looks at the locks of a directory that has some. None is made, and none that somebody holds is taken.</summary>
internal sealed class LockLooks(LayerDirectory layer)
{
    private const string Producer = "make-";

    private readonly FileSystem _files = layer.FileSystem;

    public IEnumerable<InspectedLock> Held()
    {
        var holders = _files.LockHolders();
        foreach (var path in FileSystem.ListOrNone(() => _files.ListFiles(layer.Locks)).Where(static path => OwnNames.EntryOfMarker(Path.GetFileName(path)) is null))
        {
            if (Looking.OrNone(() => Look(path, holders)) is { } held)
            {
                yield return held;
            }
        }
    }

    /// <summary>How many processes have the directory open.</summary>
    public int Workers() => FileSystem.ListOrNone(() => _files.ListFiles(layer.Locks, OwnNames.WriterLock + "*"))
        .Count(path => OwnNames.WriterOfLock(Path.GetFileName(path)) is { } writer && IsAlive(writer));

    public bool IsAlive(string writer) => Looking.OrNone<object>(() => _files.LookAtLock(Path.Combine(layer.Locks, OwnNames.WriterLock + writer)) is not null) is true;

    private InspectedLock? Look(string path, ILookup<(ulong Device, ulong Inode), int> holders)
    {
        var name = Path.GetFileName(path);
        if (_files.LookAtLock(path) is not { } use || _files.Stat(path) is not { Kind: FileKind.Regular } facts)
        {
            return null;
        }

        var (kind, of) = Meaning(name);
        return new InspectedLock
        {
            Layer = layer.Name,
            Name = name,
            Kind = kind,
            Of = of,
            IsExclusive = use == LockUse.Exclusive,
            Made = facts.BornNanoseconds == 0 ? null : DateTimeOffset.UnixEpoch.AddTicks(facts.BornNanoseconds / 100),
            LastLife = facts.Modified,
            ProcessIds = [.. holders[(facts.Device, facts.Inode)].Order()],
        };
    }

    private static (InspectedLockKind Kind, string? Of) Meaning(string name) =>
        name switch
        {
            "evictor" => (InspectedLockKind.Eviction, null),
            "verifier" => (InspectedLockKind.Verification, null),
            _ when OwnNames.EntryOfLock(name) is { } entry => (InspectedLockKind.Lease, entry),
            _ when OwnNames.WriterOfLock(name) is { } writer => (InspectedLockKind.Worker, writer),
            _ when name.StartsWith(Producer, StringComparison.Ordinal) => (InspectedLockKind.Producer, name[Producer.Length..]),
            _ => (InspectedLockKind.Other, null),
        };
}
