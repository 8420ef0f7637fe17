namespace SmartCache.Worker.SampleCache;

/// <summary>One entry of the sample: what making it took, and when it was made and used.</summary>
internal sealed record SampleEntry(string Name, EntryKind Kind, string? Profile, string Content, long Bytes, double CostSeconds)
{
    public DateTimeOffset Created { get; init; }

    public DateTimeOffset LastUse { get; set; }

    /// <summary>Jobs that have not ended and use it.</summary>
    public HashSet<string> Jobs { get; } = [];

    public string Layer => Kind == EntryKind.Source ? "sources" : "profiles";
}
