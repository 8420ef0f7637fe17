using System.Text.Json;
using System.Text.Json.Serialization;

namespace SmartCache.Storage;

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, WriteIndented = true, RespectNullableAnnotations = true, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(ManifestContent))]
[JsonSerializable(typeof(IReadOnlyList<long>))]
[JsonSerializable(typeof(IReadOnlyList<int>))]
internal sealed partial class ManifestJson : JsonSerializerContext;
