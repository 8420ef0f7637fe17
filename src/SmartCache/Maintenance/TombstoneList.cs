using System.Text.Json.Serialization;

namespace SmartCache.Maintenance;

/// <summary>The content of <c>quota/tombstones</c>, oldest first.</summary>
internal sealed record TombstoneList(int Version, IReadOnlyList<Tombstone> Tombstones)
{
    public const int CurrentVersion = 1;
}

[JsonSourceGenerationOptions(RespectNullableAnnotations = true)]
[JsonSerializable(typeof(TombstoneList))]
internal sealed partial class TombstoneJson : JsonSerializerContext;
