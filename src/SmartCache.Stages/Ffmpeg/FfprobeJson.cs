using System.Text.Json.Serialization;

namespace SmartCache.Stages.Ffmpeg;

[JsonSourceGenerationOptions(PropertyNameCaseInsensitive = true)]
[JsonSerializable(typeof(FfprobeReply))]
internal sealed partial class FfprobeJson : JsonSerializerContext;
