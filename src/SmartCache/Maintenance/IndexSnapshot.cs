using System.Text.Json;
using System.Text.Json.Serialization;
using SmartCache.Eviction;
using SmartCache.Storage;
using SmartCache.Storage.Platform;

namespace SmartCache.Maintenance;

/// <summary>
/// <c>metadata.json</c>: what lay in the layer when it was last cleaned up. Its loss costs nothing but quality and time: entries are always listed from the
/// disk, and what is read back here saves a new process from parsing each manifest once more, and eviction from learning anew.
/// </summary>
internal sealed record IndexSnapshot(int Version, DateTimeOffset Written, long Bytes, IReadOnlyList<StoredEntry> Entries)
{
    /// <summary>Goes up when the size of an entry means something else than before: 2 is with its directories.</summary>
    private const int CurrentVersion = 2;
    private const string FileName = "metadata.json";
    private const int MaxBytes = 256 << 20;

    /// <summary>At 350 bytes each these stay below <see cref="MaxBytes"/>, so that whatever is written can be read. Entries beyond them are looked at anew by each process.</summary>
    private const int MaxEntries = 500_000;

    private static readonly IndexSnapshot _nothing = new(CurrentVersion, default, 0, []);

    public EvictionState? Eviction { get; init; }

    public static void Write(LayerDirectory layer, IReadOnlyList<StoredEntry> entries, EvictionState? eviction, DateTimeOffset now, OperationPulse pulse)
    {
        var kept = entries.Count <= MaxEntries ? entries : [.. entries.Take(MaxEntries)];
        var snapshot = new IndexSnapshot(CurrentVersion, now, entries.Sum(static entry => entry.Bytes), kept) { Eviction = eviction };

        // Into the file as it is made: of a whole one in memory the serializer's pool would keep the buffers, twice as large as the index itself.
        StateFile.Replace(layer, Path.Combine(layer.Root, FileName), pulse, stream => JsonSerializer.Serialize(stream, snapshot, IndexJson.Default.IndexSnapshot));
    }

    /// <summary>What the file takes on the disk.</summary>
    public static long BytesOf(LayerDirectory layer) => layer.FileSystem.Stat(Path.Combine(layer.Root, FileName))?.AllocatedBytes ?? 0;

    /// <summary>
    /// What was written last; nothing where nothing readable is there. Without the entries where another version wrote it: theirs are measured anew, and what
    /// eviction has learned is the same in all of them.
    /// </summary>
    /// <exception cref="IOException">Something is there, but could not be read just now.</exception>
    public static IndexSnapshot Read(LayerDirectory layer, OperationPulse pulse)
    {
        // A planted link, FIFO or giant holds nothing that could be lost.
        var path = Path.Combine(layer.Root, FileName);
        if (layer.FileSystem.Stat(path) is not { Kind: FileKind.Regular, Length: <= MaxBytes })
        {
            return _nothing;
        }

        try
        {
            using var stream = BoundedFile.Open(layer.FileSystem, path, pulse);
            var snapshot = stream is null ? null : JsonSerializer.Deserialize(stream, IndexJson.Default.IndexSnapshot);
            return snapshot is null ? _nothing : snapshot is { Version: CurrentVersion, Entries: not null } ? snapshot : snapshot with { Entries = [] };
        }
        catch (JsonException)
        {
            return _nothing;
        }
    }
}

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, WriteIndented = true, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(IndexSnapshot))]
internal sealed partial class IndexJson : JsonSerializerContext;
