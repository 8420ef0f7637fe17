using System.Buffers;

namespace SmartCache.Storage;

/// <summary>Paths that come out of manifests and playlists: only plain relative ones with forward slashes pass, so that nothing leads out of an entry.</summary>
internal static class EntryPath
{
    private const int MaxLength = 1024;
    private static readonly SearchValues<char> Forbidden = SearchValues.Create("\\:*?\"<>|\u007f" + string.Concat(Enumerable.Range(0, 32).Select(static code => (char)code)));

    public static bool IsSafe(string path)
    {
        if (path.Length is 0 or > MaxLength || path.AsSpan().ContainsAny(Forbidden))
        {
            return false;
        }

        foreach (var range in path.AsSpan().Split('/'))
        {
            // Trailing dots and spaces vanish on Windows, so "a." and "a" would be one file there.
            var part = path.AsSpan(range);
            if (part.IsEmpty || part is "." or ".." || part[^1] is '.' or ' ')
            {
                return false;
            }
        }

        return true;
    }
}
