namespace SmartCache.Stages;

/// <summary>How one node is reached. <see cref="ToString"/> gives only the <see cref="Id"/>.</summary>
public sealed record KuboEndpoint
{
    /// <summary>An endpoint.</summary>
    /// <param name="url">Base of the node's RPC, without <c>/api/v0</c>: <c>http://127.0.0.1:5001</c>. User-info in it is sent as Basic credentials.</param>
    /// <param name="id">Stable id of the node; <see langword="null"/> = host, port and path of <paramref name="url"/>. Never put a credential here: it is logged and stored.</param>
    /// <exception cref="ArgumentException"><paramref name="url"/> is not an absolute http or https URL; the message does not repeat it.</exception>
    public KuboEndpoint(Uri url, string? id = null)
    {
        ArgumentNullException.ThrowIfNull(url);
        if (!url.IsAbsoluteUri || (url.Scheme != Uri.UriSchemeHttp && url.Scheme != Uri.UriSchemeHttps))
            throw new ArgumentException("The endpoint of a node must be an absolute http or https URL.", nameof(url));
        Url = url;
        Id = id ?? url.Authority + url.AbsolutePath.TrimEnd('/');
    }

    /// <summary>Base of the node's RPC, possibly with user-info.</summary>
    public Uri Url { get; }

    /// <summary>Stable id of the node: <see cref="UploadTarget.Id"/>.</summary>
    public string Id { get; }

    /// <summary>Value of the <c>Authorization</c> header; <see langword="null"/> = from the URL's user-info, or none. Sent to this node only.</summary>
    public string? Authorization { get; init; }

    /// <summary>Only the id.</summary>
    public override string ToString() => Id;
}
