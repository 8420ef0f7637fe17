namespace SmartCache.Sources;

/// <summary><c>keys/{key}.json</c>: which content an identity led to, and when the fetch that found it began.</summary>
internal sealed record SourceRecord
{
    public int Version { get; init; } = 1;

    public required IReadOnlyDictionary<string, string> Key { get; init; }

    public required string ContentHash { get; init; }

    public required long Length { get; init; }

    public required DateTimeOffset FetchedAt { get; init; }
}
