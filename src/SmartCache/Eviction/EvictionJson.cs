using System.Text.Json.Serialization;

namespace SmartCache.Eviction;

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault)]
[JsonSerializable(typeof(EvictionState))]
[JsonSerializable(typeof(CostPolicyState))]
internal sealed partial class EvictionJson : JsonSerializerContext;
