using System.Collections.ObjectModel;
using System.Text;
using SmartCache.Abstractions;

namespace SmartCache;

/// <summary>What to download, and where to put it.</summary>
/// <remarks><see cref="object.ToString"/> shows neither the source nor option values, which may carry credentials.</remarks>
/// <param name="Source">
/// Where the video is: a URL or any other string the downloader understands.
/// A string and not a <see cref="Uri"/>, which lower-cases the content id of <c>ipfs://Qm…</c>.
/// </param>
/// <param name="DestinationPath">The file to write. Existing content is replaced; an existing name is unlinked first, never written through.</param>
public sealed record DownloadRequest(string Source, string DestinationPath)
{
    private readonly MapByContent<string> _options = new(ReadOnlyDictionary<string, string>.Empty);

    /// <summary>What the bytes are, whatever the transport: <c>sha256:HEX</c> or <c>ipfs:CID</c>.</summary>
    /// <remarks>With it, requests for the same content over different URLs share one entry. <c>sha256:</c> ids are checked against the downloaded bytes.</remarks>
    public string? ContentId { get; init; }

    /// <summary>The length the download must have, in bytes; anything else is not stored, and what is stored with another length is not given.</summary>
    public long? ExpectedLength { get; init; }

    /// <summary>Download options that change the bytes (a rendition, a format).</summary>
    /// <remarks>Part of the key; only hashes of the values reach the disk.</remarks>
    public IReadOnlyDictionary<string, string> Options
    {
        get => _options.Map;
        init => _options = new(value);
    }

    /// <summary>Tenant or owner; part of the key.</summary>
    /// <remarks>
    /// Only with a scope are complete signature sets (AWS, Google, Azure, CloudFront) left out of a URL's identity, so that a re-signed URL hits within the scope
    /// and never outside it.
    /// </remarks>
    public string? Scope { get; init; }

    /// <summary>Whatever stays the same over the retries of one piece of work.</summary>
    /// <remarks>Without it the request protects nothing from eviction.</remarks>
    public string? JobId { get; init; }

    /// <summary>How this request uses the cache.</summary>
    /// <remarks>Default <see cref="CacheUse.Use"/>.</remarks>
    public CacheUse Use { get; init; }

    /// <summary>A place where a downloader that can resume may keep its partial file.</summary>
    /// <remarks>
    /// Set by the source layer for what it is to store, private to the key and swept when it is old; take it with a rename, so that two attempts never write into
    /// one partial.
    /// </remarks>
    public string? PartialPath { get; init; }

    private bool PrintMembers(StringBuilder builder)
    {
        builder.Append("JobId = ").Append(JobId).Append(", Use = ").Append(Use).Append(", Options = ").Append(Options.Count);
        return true;
    }
}
