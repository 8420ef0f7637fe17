namespace SmartCache.Sources;

/// <summary>
/// What of a URL names the video. As written, without the fragment: query parameters count, because two tokens may be two videos, and a private video
/// must not be handed to someone whose signature the origin would refuse. Within a scope a complete set of signature parameters of a known
/// signer is left out, so that a URL that was signed again hits.
/// </summary>
internal static class SourceUrl
{
    // Each signer: the parameters that must all be there, and the further ones that belong to it.
    // AWS Signature Version 4 query parameters; Google Cloud Storage V4; Azure Storage service and user-delegation SAS; CloudFront canned and custom policies.
    private static readonly (string[] Required, string[] Optional)[] Signers =
    [
        (["X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Date", "X-Amz-Expires", "X-Amz-SignedHeaders", "X-Amz-Signature"], ["X-Amz-Security-Token"]),
        (["X-Goog-Algorithm", "X-Goog-Credential", "X-Goog-Date", "X-Goog-Expires", "X-Goog-SignedHeaders", "X-Goog-Signature"], []),
        (["sv", "se", "sr", "sp", "sig"], ["st", "spr", "sip", "si", "skoid", "sktid", "skt", "ske", "sks", "skv", "saoid", "suoid", "scid"]),
        (["Expires", "Signature", "Key-Pair-Id"], []),
        (["Policy", "Signature", "Key-Pair-Id"], []),
    ];

    public static string Identity(string source, bool hasScope)
    {
        var fragment = source.IndexOf('#', StringComparison.Ordinal);
        var url = fragment < 0 ? source : source[..fragment];
        var question = url.IndexOf('?', StringComparison.Ordinal);
        return hasScope && question >= 0 ? WithoutSignature(url[..question], url[(question + 1)..]) : url;
    }

    /// <summary>What a URL may be as the identity of a key: as written, and where a signature was left out of both, what is left of a query without anything else in it.</summary>
    public static IEnumerable<string> Identities(string source, bool hasScope)
    {
        var identity = Identity(source, hasScope);
        return hasScope && !identity.Contains('?', StringComparison.Ordinal) ? [identity, identity + "?"] : [identity];
    }

    private static string WithoutSignature(string path, string query)
    {
        var parameters = query.Split('&');
        var names = parameters.Select(static parameter => parameter.Split('=', 2)[0]).ToHashSet(StringComparer.OrdinalIgnoreCase);
        foreach (var (required, optional) in Signers)
        {
            if (required.All(names.Contains))
            {
                var signature = required.Concat(optional).ToHashSet(StringComparer.OrdinalIgnoreCase);
                var rest = parameters.Where(parameter => !signature.Contains(parameter.Split('=', 2)[0]));
                return path + "?" + string.Join('&', rest);
            }
        }

        return path + "?" + query;
    }
}
