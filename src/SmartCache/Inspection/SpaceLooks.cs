using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using SmartCache.Configuration;
using SmartCache.Space;
using SmartCache.Storage;
using SmartCache.Storage.Platform;

namespace SmartCache.Inspection;

/// <summary>Looks at the account of the space, as its own steps read it, but without its lock: each file is replaced as a whole.</summary>
internal sealed class SpaceLooks(LayerDirectory quota, CacheSettings settings)
{
    private const int MaxBytes = 1 << 20;

    private readonly FileSystem _files = quota.FileSystem;

    public InspectedSpace Look()
    {
        var account = Read(Path.Combine(quota.Root, "account.json"), SpaceJson.Default.SpaceAccount);
        var isCounted = account is { Version: SpaceAccount.CurrentVersion, IsPossible: true } && account.Boot == _files.Boot;
        var locks = new LockLooks(quota);
        var reserved = FileSystem.ListOrNone(() => _files.ListFiles(quota.Root, "*.json"))
            .Where(path => OwnNames.IsRecord(Path.GetFileName(path)) && locks.IsAlive(Path.GetFileNameWithoutExtension(path)))
            .Select(path => Read(path, SpaceJson.Default.WriterSpace))
            .Sum(static writer => writer is { IsPossible: true } ? writer.Bytes : 0);
        var disk = _files.Disk(settings.Root);
        return new InspectedSpace
        {
            UsedBytes = isCounted ? account!.Bytes : null,
            ReservedBytes = reserved,
            LimitBytes = settings.MaxSize,
            AvailableBytes = disk.AvailableBytes,
            FloorBytes = settings.MinFreeSpace.On(disk.TotalBytes),
        };
    }

    private T? Read<T>(string path, JsonTypeInfo<T> type)
        where T : class
    {
        try
        {
            return Looking.OrNone(() => BoundedFile.Read(_files, path, MaxBytes)!) is { } bytes ? JsonSerializer.Deserialize(bytes, type) : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
