using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;

namespace SmartCache.Stages.Http;

/// <summary>What is to be downloaded: its identity and the addresses that serve it.</summary>
internal sealed class DownloadSource
{
    private const string IpfsScheme = "ipfs://";
    private const string Sha256Prefix = "sha256:";

    private DownloadSource(string identity, bool contentKnown, string? sha256, IReadOnlyList<DownloadEndpoint> endpoints)
    {
        Identity = identity;
        ContentKnown = contentKnown;
        Sha256 = sha256;
        Endpoints = endpoints;
    }

    /// <summary>SHA-256 of the identity; only hashes of URLs and option values may reach the disk.</summary>
    public string Identity { get; }

    /// <summary>Names the source in logs and errors.</summary>
    public string Name => Identity[..12];

    /// <summary>Whether the identity fixes the bytes, so that a partial needs no entity tag and every address can continue it.</summary>
    public bool ContentKnown { get; }

    /// <summary>The hash that the bytes must have, where the request names it.</summary>
    public string? Sha256 { get; }

    public IReadOnlyList<DownloadEndpoint> Endpoints { get; }

    public static DownloadSource Parse(DownloadRequest request, IEnumerable<string> gateways)
    {
        var source = request.Source;
        var isIpfs = source.StartsWith(IpfsScheme, StringComparison.OrdinalIgnoreCase);
        var contentId = request.ContentId?.Trim();
        var endpoints = isIpfs ? IpfsEndpoints(source, gateways) : [Endpoint(source)];
        var sha256 = Sha256Of(request);
        var contentKnown = isIpfs || sha256 is not null || contentId?.StartsWith("ipfs:", StringComparison.OrdinalIgnoreCase) == true;
        return new DownloadSource(IdentityOf(request, isIpfs), contentKnown, sha256, endpoints);
    }

    /// <summary>The hash that a content id names. Another text behind the same prefix is an id like any other.</summary>
    public static string? Sha256Of(DownloadRequest request) =>
        request.ContentId?.Trim() is { } id && id.StartsWith(Sha256Prefix, StringComparison.OrdinalIgnoreCase) && id.Length == Sha256Prefix.Length + 64
            ? id[Sha256Prefix.Length..]
            : null;

    private static string IdentityOf(DownloadRequest request, bool isIpfs)
    {
        var text = new StringBuilder();
        if (request.ContentId is { } contentId)
            text.Append("id\n").Append(contentId);
        else
            text.Append("url\n").Append(isIpfs ? IpfsScheme + IpfsPath(request.Source) : Resource(request));
        text.Append('\n').Append(request.Scope).Append('\n');
        foreach (var (name, value) in request.Options.OrderBy(option => option.Key, StringComparer.Ordinal))
            text.Append(name).Append('=').Append(value).Append('\n');
        return Hash(text.ToString());
    }

    // Within a scope a re-signed URL is the same source, and the signature is in the query. Leaving all of the query out is
    // safe for a partial: it is private to its key already, and it is continued only under the entity tag it began with.
    private static string Resource(DownloadRequest request)
    {
        var url = request.Source;
        var end = url.AsSpan().IndexOfAny(request.Scope is null ? "#" : "#?");
        return end < 0 ? url : url[..end];
    }

    private static DownloadEndpoint Endpoint(string url)
    {
        if (!Uri.TryCreate(url, UriKind.Absolute, out var uri) || uri.Scheme is not ("http" or "https"))
            throw new HttpDownloadException("The source is neither an http(s) address nor ipfs://CID.");

        AuthenticationHeaderValue? authorization = null;
        if (uri.UserInfo.Length > 0)
        {
            var credentials = Encoding.UTF8.GetBytes(Uri.UnescapeDataString(uri.UserInfo));
            authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(credentials));
        }

        var address = new UriBuilder(uri) { UserName = "", Password = "", Fragment = "" }.Uri;
        return new DownloadEndpoint(address, authorization, Hash(address.GetLeftPart(UriPartial.Path)));
    }

    private static List<DownloadEndpoint> IpfsEndpoints(string source, IEnumerable<string> gateways)
    {
        var path = IpfsPath(source);
        var endpoints = new List<DownloadEndpoint>();
        foreach (var gateway in gateways)
        {
            var root = gateway.TrimEnd('/');
            endpoints.Add(Endpoint((root.EndsWith("/ipfs", StringComparison.Ordinal) ? root : root + "/ipfs") + "/" + path));
        }

        return endpoints.Count > 0 ? endpoints : throw new HttpDownloadException("No IPFS gateway is configured: HttpDownloadOptions.IpfsGateways is empty. Its default is http://127.0.0.1:8080.");
    }

    // By hand: Uri would lower-case the content id, and would resolve ".." out of it.
    private static string IpfsPath(string source)
    {
        var path = source[IpfsScheme.Length..];
        var end = path.AsSpan().IndexOfAny("?#");
        path = end < 0 ? path : path[..end];
        var segments = path.Split('/');
        if (segments[0].Length < 8 || !segments[0].All(char.IsAsciiLetterOrDigit))
            throw new HttpDownloadException("The ipfs source does not begin with a content id.");
        if (segments.Any(segment => Uri.UnescapeDataString(segment) is "." or ".." || segment.Contains('\\')))
            throw new HttpDownloadException("The ipfs source has a path that leaves its content id.");
        return path;
    }

    private static string Hash(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
}
