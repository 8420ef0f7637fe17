namespace SmartCache.Sources;

/// <summary><c>facts/{contentHash}.json</c>: what is known about a content, also after its entry is gone.</summary>
internal sealed record ContentFacts
{
    public int Version { get; init; } = 1;

    public required string ContentHash { get; init; }

    public required long Length { get; init; }

    /// <summary>What the probe said.</summary>
    /// <remarks>Source-generated JSON sets a member that is absent to null, whatever its initializer says.</remarks>
    public IReadOnlyDictionary<string, string> Facts { get; init => field = value ?? new Dictionary<string, string>(); } = new Dictionary<string, string>();

    /// <summary>Whether an encode of full duration came out of it. Nothing else proves a source: a truncated file passes every probe.</summary>
    public bool Proven { get; init; }

    /// <summary>Names of the profile entries last made from it, newest last: tells an evicted profile from one never made, and what <c>Observe</c> would have hit.</summary>
    public IReadOnlyList<string> Recipes { get; init => field = value ?? []; } = [];

    public SourceMedia ToMedia() => new(ContentHash, Length, Facts);
}
