using System.Text.Json.Serialization;

namespace SmartCache.Stages.Http;

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(PartialClaims))]
internal sealed partial class PartialClaimsJson : JsonSerializerContext;
