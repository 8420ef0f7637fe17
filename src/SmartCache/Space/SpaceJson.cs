using System.Text.Json;
using System.Text.Json.Serialization;

namespace SmartCache.Space;

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(SpaceAccount))]
[JsonSerializable(typeof(WriterSpace))]
internal sealed partial class SpaceJson : JsonSerializerContext;
