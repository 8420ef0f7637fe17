using System.Net.Http.Headers;

namespace SmartCache.Stages.Http;

/// <summary>One address that serves the source. It holds secrets, so it shows nothing of itself.</summary>
internal sealed class DownloadEndpoint(Uri address, AuthenticationHeaderValue? authorization, string validity)
{
    /// <summary>Without user-info.</summary>
    public Uri Address { get; } = address;

    /// <summary>What the URL's user-info says, as HTTP wants it. The handler drops it on a redirect.</summary>
    public AuthenticationHeaderValue? Authorization { get; } = authorization;

    /// <summary>Hash of the resource: an entity tag given by one resource says nothing about another.</summary>
    public string Validity { get; } = validity;
}
