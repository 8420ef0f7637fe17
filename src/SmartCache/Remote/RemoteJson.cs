using System.Text.Json;
using System.Text.Json.Serialization;

namespace SmartCache.Remote;

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, RespectNullableAnnotations = true, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(PackHeader))]
[JsonSerializable(typeof(RemoteKey))]
[JsonSerializable(typeof(Intent))]
[JsonSerializable(typeof(WorkNote))]
internal sealed partial class RemoteJson : JsonSerializerContext;
