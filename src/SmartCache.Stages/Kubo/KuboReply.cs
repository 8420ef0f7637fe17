using System.Text.Json.Serialization;

namespace SmartCache.Stages.Kubo;

/// <summary>The shapes of replies. Every member may be missing: what comes back is checked, not believed.</summary>
internal static class KuboReply
{
    internal sealed record AddLine(string? Name, string? Hash);

    internal sealed record ImportLine(ImportRoot? Root);

    internal sealed record ImportRoot(CidLink? Cid, string? PinErrorMsg);

    internal sealed record CidLink([property: JsonPropertyName("/")] string? Value);

    internal sealed record StatReply(string? Hash, long? CumulativeSize, bool? WithLocality, bool? Local);

    internal sealed record ErrorReply(string? Message, string? Type);
}
