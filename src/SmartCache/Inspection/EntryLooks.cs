using SmartCache.Maintenance;
using SmartCache.Storage;
using SmartCache.Storage.Platform;

namespace SmartCache.Inspection;

/// <summary>Looks at the entries of a layer, those that lie there and those in its quarantine.</summary>
internal sealed class EntryLooks(LayerDirectory layer, EntryKind kind)
{
    private readonly FileSystem _files = layer.FileSystem;

    public IEnumerable<string> Names() =>
        FileSystem.ListOrNone(() => _files.ListDirectories(layer.Root)).Select(static path => Path.GetFileName(path)).Where(OwnNames.IsEntry);

    public IEnumerable<InspectedEntry> Entries()
    {
        // One listing in place of a look for each entry: nearly none is condemned.
        var condemned = FileSystem.ListOrNone(() => _files.ListFiles(layer.Locks, OwnNames.Condemned + "*")).Select(static path => OwnNames.EntryOfMarker(Path.GetFileName(path))).OfType<string>().ToHashSet(StringComparer.Ordinal);
        return Names().Select(name => Look(name, condemned.Contains(name))).OfType<InspectedEntry>();
    }

    /// <summary>How many there are, what they take, and which nobody has used for longest. What a clean-up has measured is not measured again, and no manifest is read.</summary>
    public InspectedLayer Measure(InspectedLayer seen, CancellationToken cancellationToken)
    {
        var pulse = Looking.Pulse(cancellationToken);
        var measured = (Looking.OrNone(() => IndexSnapshot.Read(layer, pulse))?.Entries ?? []).DistinctBy(static entry => entry.Name).ToDictionary(static entry => entry.Name, static entry => entry.Bytes, StringComparer.Ordinal);
        var (count, bytes, oldest, oldestUse) = (0, 0L, (string?)null, (DateTimeOffset?)null);
        foreach (var name in Names())
        {
            pulse.Beat();
            count++;
            var path = Path.Combine(layer.Root, name);
            bytes += measured.TryGetValue(name, out var known) ? known : DiskUsage.Of(path, pulse, _files);
            if (_files.Stat(Path.Combine(path, Manifest.FileName)) is { } manifest && !(manifest.Modified >= oldestUse))
            {
                (oldest, oldestUse) = (name, manifest.Modified);
            }
        }

        return seen with { Entries = count, Bytes = bytes, OldestEntry = oldest, OldestUse = oldestUse };
    }

    public IEnumerable<InspectedQuarantine> Quarantined(CancellationToken cancellationToken)
    {
        foreach (var path in FileSystem.ListOrNone(() => _files.List(layer.Quarantine)).Where(static path => OwnNames.IsPutAside(Path.GetFileName(path))))
        {
            if (_files.Stat(path) is { } facts)
            {
                yield return new InspectedQuarantine
                {
                    Layer = layer.Name,
                    Entry = Path.GetFileName(path).Split('.')[0],
                    Path = path,
                    Since = facts.Modified,
                    Bytes = DiskUsage.Of(path, Looking.Pulse(cancellationToken), _files),
                };
            }
        }
    }

    private InspectedEntry? Look(string name, bool isCondemned)
    {
        var found = new InspectedEntry { Name = name, Kind = kind, IsCondemned = isCondemned };
        var path = Path.Combine(layer.Root, name, Manifest.FileName);
        try
        {
            if (_files.Stat(path) is not { } facts || BoundedFile.Read(_files, path, ManifestFormat.MaxBytes) is not { } bytes)
            {
                // Where the whole entry went meanwhile it is none.
                return _files.Stat(Path.GetDirectoryName(path)!) is null ? null : found with { State = InspectedEntryState.Damaged };
            }

            return Of(found, ManifestFormat.Parse(bytes)) with { LastUse = facts.Modified };
        }
        catch (NewerFormatException)
        {
            return found with { State = InspectedEntryState.Newer };
        }
        catch (InvalidDataException)
        {
            return found with { State = InspectedEntryState.Damaged };
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return found with { State = InspectedEntryState.Unreadable };
        }
    }

    private InspectedEntry Of(InspectedEntry found, Manifest manifest)
    {
        var content = manifest.Content;
        var isSource = kind == EntryKind.Source;
        return found with
        {
            Created = content.Created,
            Length = manifest.TotalLength,
            Files = content.Files.Count,
            Cost = TimeSpan.FromSeconds(Math.Clamp(content.CostSeconds, 0, TimeSpan.FromDays(365).TotalSeconds)),
            SourceContentHash = content.Key.GetValueOrDefault(isSource ? "content" : "source"),
            Profile = isSource ? null : content.Properties.GetValueOrDefault("name"),
            Recipe = isSource ? new Dictionary<string, string>() : content.Key,
            Properties = content.Properties,
            Maker = content.Maker,
        };
    }
}
