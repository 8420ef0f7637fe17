using System.Text.Json.Serialization;

namespace SmartCache.Remote;

/// <summary><c>keys/{key32}.json</c> in the store: which content an identity led to, and what is known of that, so that one request plans a job.</summary>
internal sealed record RemoteKey
{
    public int Version { get; init; } = 1;

    /// <summary>The whole preimage: names are cut hashes.</summary>
    public required IReadOnlyDictionary<string, string> Key { get; init; }

    public required string ContentHash { get; init; }

    public required long Length { get; init; }

    /// <summary>When the fetch began that found it, by the clock of whoever fetched.</summary>
    public required DateTimeOffset FetchedAt { get; init; }

    /// <summary>What a probe said of the content.</summary>
    public IReadOnlyDictionary<string, string>? Facts { get; init; }

    /// <summary>Whether a probe has said all there is to say.</summary>
    public bool IsProbed { get; init; }

    /// <summary>When the store got it, by its clock.</summary>
    [JsonIgnore]
    public DateTimeOffset? Modified { get; init; }
}
