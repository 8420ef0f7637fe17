namespace SmartCache.Profiles;

/// <summary>
/// How a URI of a playlist becomes a file of the playlist's directory. The first of these that is one is meant:
/// <list type="number">
/// <item>the URI as it is written, because ffmpeg writes names unescaped: <c>100%25.ts</c>, <c>what?.ts</c>, <c>part#1.ts</c>;</item>
/// <item>without its query and fragment: <c>seg.ts?v=abc</c>;</item>
/// <item>that, unescaped: <c>seg%201.ts</c>;</item>
/// <item>of an absolute one (<c>https://cdn/v/seg.ts</c>, <c>//cdn/seg.ts</c>, <c>/v/seg.ts</c>) the last part alone, by the same three: <c>-hls_base_url</c> puts something in front of names.</item>
/// </list>
/// A relative one may go up and down inside the directory, never out of it.
/// </summary>
internal static class PlaylistUri
{
    /// <param name="parent">Directory of the playlist, relative to the profile's; empty for that one.</param>
    /// <param name="uri">As it is in the playlist.</param>
    /// <param name="isFile">Whether a path relative to the profile's directory is a file that may be taken.</param>
    /// <returns>The path relative to the profile's directory, with slashes; <see langword="null"/> where no file here is meant.</returns>
    public static string? Find(string parent, string uri, Func<string, bool> isFile) =>
        Candidates(uri).Select(path => Join(parent, path)).FirstOrDefault(path => path is not null && isFile(path));

    /// <summary>The URI without query and fragment, for a message: what is behind them may be a token.</summary>
    public static string Bare(string uri) => IsAbsolute(uri) ? LastPart(WithoutQuery(uri)) : WithoutQuery(uri);

    private static IEnumerable<string> Candidates(string uri)
    {
        yield return uri;
        var bare = WithoutQuery(uri);
        yield return bare;
        yield return Uri.UnescapeDataString(bare);
        if (IsAbsolute(uri))
        {
            yield return LastPart(uri);
            var last = LastPart(bare);
            yield return last;
            yield return Uri.UnescapeDataString(last);
        }
    }

    private static string WithoutQuery(string uri) => uri.IndexOfAny(['?', '#']) is >= 0 and var end ? uri[..end] : uri;

    private static string LastPart(string uri) => uri[(uri.LastIndexOf('/') + 1)..];

    // RFC 3986: a scheme and a colon before the first slash, or a slash. Without the "//" it may be a name with a colon in it.
    private static bool IsAbsolute(string uri) =>
        uri.StartsWith('/') || (uri.IndexOf("://", StringComparison.Ordinal) is > 0 and var scheme && uri.AsSpan(0, scheme).IndexOfAny('/', '?', '#') < 0);

    private static string? Join(string parent, string path)
    {
        var parts = new List<string>(parent.Split('/', StringSplitOptions.RemoveEmptyEntries));
        foreach (var part in path.Split('/'))
        {
            if (part == "..")
            {
                if (parts.Count == 0)
                {
                    return null;
                }

                parts.RemoveAt(parts.Count - 1);
            }
            else if (part is not "." and not "")
            {
                parts.Add(part);
            }
        }

        return path.StartsWith('/') || parts.Count == 0 ? null : string.Join('/', parts);
    }
}
