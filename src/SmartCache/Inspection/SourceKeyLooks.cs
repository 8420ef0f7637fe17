using System.Text.Json;
using SmartCache.Sources;
using SmartCache.Storage;
using SmartCache.Storage.Platform;

namespace SmartCache.Inspection;

/// <summary>Looks at what identities of sources led to. A record that is damaged, of a newer version, or not the one that its name says, is left out.</summary>
internal sealed class SourceKeyLooks(LayerDirectory sources)
{
    private const int MaxBytes = 1 << 20;

    private readonly FileSystem _files = sources.FileSystem;

    public IEnumerable<InspectedSourceKey> All() =>
        FileSystem.ListOrNone(() => _files.ListFiles(Path.Combine(sources.Root, "keys"), "*.json"))
            .Where(static path => OwnNames.IsRecord(Path.GetFileName(path)))
            .Select(path => Looking.OrNone(() => Look(path)))
            .OfType<InspectedSourceKey>();

    private InspectedSourceKey? Look(string path)
    {
        if (_files.Stat(path) is not { } facts || BoundedFile.Read(_files, path, MaxBytes) is not { } bytes)
        {
            return null;
        }

        try
        {
            return JsonSerializer.Deserialize(bytes, SourceJson.Default.SourceRecord) is { Version: <= 1 } record
                && ContentName.IsHash(record.ContentHash)
                && SourceKey.FromPreimage(record.Key) is { } key
                && key.Name == Path.GetFileNameWithoutExtension(path)
                    ? new InspectedSourceKey { Key = key, ContentHash = record.ContentHash, Length = record.Length, FetchedAt = record.FetchedAt, LastUse = facts.Modified }
                    : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
