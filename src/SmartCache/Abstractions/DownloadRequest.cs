using System.Text;

namespace SmartCache;

/// <summary>What to download, and where to put it. <see cref="object.ToString"/> shows neither the source nor option values, which may carry credentials.</summary>
/// <param name="Source">
/// Where the video is: a URL or any other string the downloader understands.
/// A string and not a <see cref="Uri"/>, which lower-cases the content id of <c>ipfs://Qm…</c>.
/// </param>
/// <param name="DestinationPath">The file to write. Existing content is replaced; an existing name is unlinked first, never written through.</param>
public sealed record DownloadRequest(string Source, string DestinationPath)
{
    /// <summary>
    /// What the bytes are, whatever the transport: <c>sha256:HEX</c> or <c>ipfs:CID</c>. With it, requests for the same
    /// content over different URLs share one entry. <c>sha256:</c> ids are checked against the downloaded bytes.
    /// </summary>
    public string? ContentId { get; init; }

    /// <summary>The length the download must have, in bytes; anything else is not stored.</summary>
    public long? ExpectedLength { get; init; }

    /// <summary>Download options that change the bytes (a rendition, a format). Part of the key; only hashes of the values reach the disk.</summary>
    public IReadOnlyDictionary<string, string> Options { get; init; } = new Dictionary<string, string>();

    /// <summary>
    /// Tenant or owner; part of the key. Only with a scope are complete signature sets (AWS, Google, Azure, CloudFront)
    /// left out of a URL's identity, so that a re-signed URL hits within the scope and never outside it.
    /// </summary>
    public string? Scope { get; init; }

    /// <summary>Whatever stays the same over the retries of one piece of work. Without it the request protects nothing from eviction.</summary>
    public string? JobId { get; init; }

    /// <summary>How this request uses the cache. Default <see cref="CacheUse.Use"/>.</summary>
    public CacheUse Use { get; init; }

    /// <summary>
    /// A place where a downloader that can resume may keep its partial file. Set by the source layer for what it is to store, private to the key
    /// and swept when it is old; take it with a rename, so that two attempts never write into one partial.
    /// </summary>
    public string? PartialPath { get; init; }

    private bool PrintMembers(StringBuilder builder)
    {
        builder.Append("JobId = ").Append(JobId).Append(", Use = ").Append(Use).Append(", Options = ").Append(Options.Count);
        return true;
    }
}
