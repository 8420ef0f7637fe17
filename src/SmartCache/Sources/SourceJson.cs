using System.Text.Json;
using System.Text.Json.Serialization;

namespace SmartCache.Sources;

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, WriteIndented = true, RespectNullableAnnotations = true)]
[JsonSerializable(typeof(SourceRecord))]
[JsonSerializable(typeof(ContentFacts))]
[JsonSerializable(typeof(StreamRecord))]
[JsonSerializable(typeof(AheadRecord))]
internal sealed partial class SourceJson : JsonSerializerContext;
