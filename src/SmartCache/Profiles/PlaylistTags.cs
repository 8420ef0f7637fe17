namespace SmartCache.Profiles;

/// <summary>
/// What the tags of an HLS playlist name (RFC 8216 and its revision, and the two tags for preview pictures). A tag that is not in the table names nothing,
/// and neither does a comment, whatever is written in it.
/// </summary>
internal static class PlaylistTags
{
    /// <summary>Stands before the URI of a playlist that holds the whole video in one quality.</summary>
    public const string Variant = "#EXT-X-STREAM-INF";

    /// <summary>Says that the next segment is missing on purpose, so that nobody must load it.</summary>
    public const string Gap = "#EXT-X-GAP";

    /// <summary>Says that the next segment is a part of a file: <c>length@offset</c>.</summary>
    public const string ByteRange = "#EXT-X-BYTERANGE";

    /// <summary>Length of the next segment in seconds.</summary>
    public const string Segment = "#EXTINF";

    /// <summary>Last line of a playlist that is whole.</summary>
    public const string End = "#EXT-X-ENDLIST";

    public const string Key = "#EXT-X-KEY";

    public const string Map = "#EXT-X-MAP";

    private static readonly Dictionary<string, (string Attribute, PlaylistReference Reference)[]> Named = new(StringComparer.Ordinal)
    {
        [Map] = [("URI", PlaylistReference.Media)],
        ["#EXT-X-MEDIA"] = [("URI", PlaylistReference.Rendition)],
        ["#EXT-X-I-FRAME-STREAM-INF"] = [("URI", PlaylistReference.Rendition)],
        ["#EXT-X-IMAGE-STREAM-INF"] = [("URI", PlaylistReference.Rendition)],
        [Key] = [("URI", PlaylistReference.Key)],
        ["#EXT-X-SESSION-KEY"] = [("URI", PlaylistReference.Key)],

        // A part repeats what the segments have; the others name no media of this video.
        ["#EXT-X-PART"] = [("URI", PlaylistReference.Other)],
        ["#EXT-X-PRELOAD-HINT"] = [("URI", PlaylistReference.Other)],
        ["#EXT-X-RENDITION-REPORT"] = [("URI", PlaylistReference.Other)],
        ["#EXT-X-SESSION-DATA"] = [("URI", PlaylistReference.Other)],
        ["#EXT-X-CONTENT-STEERING"] = [("SERVER-URI", PlaylistReference.Other)],
        ["#EXT-X-DATERANGE"] = [("X-ASSET-URI", PlaylistReference.Other), ("X-ASSET-LIST", PlaylistReference.Other)],
    };

    /// <summary>The tag of a line: all before the first colon; empty where the line is no tag.</summary>
    public static string NameOf(string line)
    {
        if (!line.StartsWith("#EXT", StringComparison.Ordinal))
        {
            return "";
        }

        var colon = line.IndexOf(':', StringComparison.Ordinal);
        return colon < 0 ? line : line[..colon];
    }

    /// <summary>The URIs that a tag's line names, and what each is.</summary>
    public static IEnumerable<(string Uri, PlaylistReference Reference)> UrisOf(string line)
    {
        if (!Named.TryGetValue(NameOf(line), out var attributes))
        {
            yield break;
        }

        foreach (var (attribute, reference) in attributes)
        {
            if (Attribute(line, attribute) is { Length: > 0 } uri)
            {
                yield return (uri, reference);
            }
        }
    }

    /// <summary>An attribute of a tag's line (<c>NAME=value,NAME="value"</c>), without its quotes; <see langword="null"/> where it is not there.</summary>
    public static string? Attribute(string line, string name)
    {
        var at = line.IndexOf(':', StringComparison.Ordinal) + 1;
        while (at > 0 && at < line.Length)
        {
            var equals = line.IndexOf('=', at);
            if (equals < 0)
            {
                return null;
            }

            var isQuoted = equals + 1 < line.Length && line[equals + 1] == '"';
            var start = isQuoted ? equals + 2 : equals + 1;
            var end = line.IndexOf(isQuoted ? '"' : ',', start);
            if (end < 0 && isQuoted)
            {
                return null;
            }

            end = end < 0 ? line.Length : end;
            if (line.AsSpan(at, equals - at).Trim().SequenceEqual(name))
            {
                return line[start..end];
            }

            at = line.IndexOf(',', end) + 1;
        }

        return null;
    }

    /// <summary>
    /// Whether a variant carries pictures. Where the variants of a playlist tell their size in pixels, one that does not is sound alone,
    /// and its length says nothing about the video's.
    /// </summary>
    public static bool HasPictures(string variant, bool othersTellTheirSize) => !othersTellTheirSize || Attribute(variant, "RESOLUTION") is not null;
}
