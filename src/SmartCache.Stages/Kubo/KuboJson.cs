using System.Text.Json.Serialization;

namespace SmartCache.Stages.Kubo;

/// <summary>Reads replies without reflection.</summary>
[JsonSerializable(typeof(KuboReply.AddLine))]
[JsonSerializable(typeof(KuboReply.ImportLine))]
[JsonSerializable(typeof(KuboReply.StatReply))]
[JsonSerializable(typeof(KuboReply.ErrorReply))]
internal sealed partial class KuboJson : JsonSerializerContext;
