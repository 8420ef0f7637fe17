using System.Text.Json;
using System.Text.Json.Serialization;
using SmartCache.Eviction;
using SmartCache.Storage;

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
    private const int MaxBytes = 64 << 20;

    public EvictionState? Eviction { get; init; }

    public static void Write(LayerDirectory layer, IReadOnlyList<StoredEntry> entries, EvictionState? eviction, DateTimeOffset now)
    {
        var snapshot = new IndexSnapshot(CurrentVersion, now, entries.Sum(static entry => entry.Bytes), entries) { Eviction = eviction };

        // Into the file as it is made: of a whole one in memory the serializer's pool would keep the buffers, twice as large as the index itself.
        StateFile.Replace(layer, Path.Combine(layer.Root, FileName), stream => JsonSerializer.Serialize(stream, snapshot, IndexJson.Default.IndexSnapshot));
    }

    /// <summary>What the file takes on the disk.</summary>
    public static long BytesOf(LayerDirectory layer) => layer.FileSystem.Stat(Path.Combine(layer.Root, FileName))?.AllocatedBytes ?? 0;

    /// <summary>
    /// What was written last; <see langword="null"/> where nothing readable is there. Without the entries where another version wrote it: theirs are measured
    /// anew, and what eviction has learned is the same in all of them.
    /// </summary>
    public static IndexSnapshot? Read(LayerDirectory layer)
    {
        try
        {
            var snapshot = StateFile.Read(Path.Combine(layer.Root, FileName), MaxBytes) is { } bytes
                ? JsonSerializer.Deserialize(bytes, IndexJson.Default.IndexSnapshot)
                : null;
            return snapshot is null or { Version: CurrentVersion } ? snapshot : snapshot with { Entries = [] };
        }
        catch (JsonException)
        {
            return null;
        }
    }
}

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, WriteIndented = true, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(IndexSnapshot))]
internal sealed partial class IndexJson : JsonSerializerContext;
