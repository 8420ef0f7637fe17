using SmartCache.Sources;
using SmartCache.Storage;

namespace SmartCache;

/// <summary>What one identity of a source led to, as it stands on the disk: it outlives the entry.</summary>
/// <remarks>Later versions may have more properties. Nothing here says what the URL, the scope or an option was: only their hashes are kept.</remarks>
public sealed record InspectedSourceKey
{
    private const string Option = "option.";

    /// <summary>The identity: its <see cref="SourceKey.Name"/> is the key in the log and the history.</summary>
    public required SourceKey Key { get; init; }

    /// <summary>SHA-256 of the content that the last fetch found, as 64 digits.</summary>
    public required string ContentHash { get; init; }

    /// <summary>Bytes of that content.</summary>
    public long Length { get; init; }

    /// <summary>When the fetch that found it began. A source that is known only by its URL is fetched again when that is longer ago than <c>MaxSourceAge</c>.</summary>
    public DateTimeOffset FetchedAt { get; init; }

    /// <summary>When the key was last used, to the minute.</summary>
    public DateTimeOffset LastUse { get; init; }

    /// <summary>Whether the request had a scope.</summary>
    public bool HasScope => Key.Preimage.ContainsKey("scope");

    /// <summary>Names of the options that the request had, in ordinal order.</summary>
    public IEnumerable<string> Options => Key.Preimage.Keys.Where(static name => name.StartsWith(Option, StringComparison.Ordinal)).Select(static name => name[Option.Length..]).Order(StringComparer.Ordinal);

    /// <summary>Whether a request for this source could have had this key, with whatever options and scope.</summary>
    /// <remarks>
    /// Of a key with a scope a URL is that source also with another signature, or without one, where it is one that the library leaves out
    /// (see <see cref="DownloadRequest.Scope"/>).
    /// </remarks>
    /// <param name="source">A URL, or a content id.</param>
    public bool IsOf(string source)
    {
        ArgumentNullException.ThrowIfNull(source);
        return Key.IsByContent
            ? Key.Preimage["content"] == KeyPreimage.Hide(ContentId.Normalize(source))
            : SourceUrl.Identities(source, HasScope).Any(identity => Key.Preimage["url"] == KeyPreimage.Hide(identity));
    }

    /// <summary>Names of the options that only one of the two has, or that have another value there, in ordinal order.</summary>
    /// <param name="other">A key of the same source.</param>
    public IReadOnlyList<string> DifferingOptions(InspectedSourceKey other)
    {
        ArgumentNullException.ThrowIfNull(other);
        return [.. Options.Union(other.Options, StringComparer.Ordinal).Where(name => ValueOf(Key, name) != ValueOf(other.Key, name)).Order(StringComparer.Ordinal)];

        static string? ValueOf(SourceKey key, string name) => key.Preimage.GetValueOrDefault(Option + name);
    }
}
