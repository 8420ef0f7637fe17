using System.Collections.Concurrent;

namespace SmartCache.Stages.Kubo;

/// <summary>One upload over all the targets that it tries: what is sent, and what was sent so far.</summary>
internal sealed record UploadCall(UploadRequest Request, TreeToUpload Tree, UploadMeter Meter)
{
    /// <summary>Files that went to any of the targets, by path.</summary>
    public ConcurrentDictionary<string, UploadFile> Sent { get; } = new(StringComparer.Ordinal);
}
