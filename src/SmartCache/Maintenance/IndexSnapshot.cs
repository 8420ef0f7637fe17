using System.Text.Json;
using System.Text.Json.Serialization;
using SmartCache.Storage;

namespace SmartCache.Maintenance;

/// <summary><c>metadata.json</c>: what lay in the layer when it was last cleaned up, for people. Nothing reads it back as the truth.</summary>
internal sealed record IndexSnapshot(int Version, DateTimeOffset Written, long Bytes, IReadOnlyList<StoredEntry> Entries)
{
    public static void Write(LayerDirectory layer, IReadOnlyList<StoredEntry> entries, DateTimeOffset now)
    {
        var snapshot = new IndexSnapshot(1, now, entries.Sum(static entry => entry.Bytes), entries);
        StateFile.Replace(
            layer,
            Path.Combine(layer.Root, "metadata.json"),
            JsonSerializer.SerializeToUtf8Bytes(snapshot, IndexJson.Default.IndexSnapshot),
            flush: false);
    }
}

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, WriteIndented = true)]
[JsonSerializable(typeof(IndexSnapshot))]
internal sealed partial class IndexJson : JsonSerializerContext;
