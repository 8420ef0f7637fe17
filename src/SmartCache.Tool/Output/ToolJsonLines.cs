using System.Text.Json.Serialization;
using SmartCache.Tool.Views;

namespace SmartCache.Tool.Output;

/// <summary>One object a line; what is not known is left out, because most of it is not.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(HistoryEventView))]
internal sealed partial class ToolJsonLines : JsonSerializerContext;
