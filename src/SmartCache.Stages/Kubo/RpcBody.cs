namespace SmartCache.Stages.Kubo;

/// <summary>What one request to a node carries.</summary>
/// <param name="Parts">The parts of the form; none = no body.</param>
internal sealed record RpcBody(params IReadOnlyList<UploadPart> Parts)
{
    /// <summary>Where given, the expected CID of each part is computed.</summary>
    public ImportParameters? Import { get; init; }

    /// <summary>Called with the bytes as they go out.</summary>
    public Action<long>? Sent { get; init; }

    /// <summary>Bytes that the node has to read for it beyond the body.</summary>
    public long Weight { get; init; }

    public long Length => Parts.Sum(static part => part.Length);
}
