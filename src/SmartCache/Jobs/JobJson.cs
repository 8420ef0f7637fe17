using System.Text.Json.Serialization;

namespace SmartCache.Jobs;

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    WriteIndented = true)]
[JsonSerializable(typeof(JobFile))]
[JsonSerializable(typeof(JobFileVersion))]
internal sealed partial class JobJson : JsonSerializerContext;
