using System.Buffers;

namespace SmartCache.Storage;

/// <summary>Paths that come out of manifests and playlists: only plain relative ones with forward slashes pass, so that nothing leads out of an entry.</summary>
internal static class EntryPath
{
    private const int MaxLength = 1024;

    // Only Windows forbids the middle six: elsewhere a segment may be called 12:30:00.ts. A manifest that names one is a miss there.
    private static readonly SearchValues<char> Forbidden = SearchValues.Create(
        "\\\u007f" + (OperatingSystem.IsWindows() ? ":*?\"<>|" : "") + string.Concat(Enumerable.Range(0, 32).Select(static code => (char)code)));

    private static readonly HashSet<string>.AlternateLookup<ReadOnlySpan<char>> Devices = new HashSet<string>(
        [
            "CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$",
            .. "0123456789¹²³".SelectMany(static digit => new[] { $"COM{digit}", $"LPT{digit}" }),
        ],
        StringComparer.OrdinalIgnoreCase).GetAlternateLookup<ReadOnlySpan<char>>();

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
            if (part.IsEmpty || part is "." or ".." || part[^1] is '.' or ' ' || IsDevice(part))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Windows opens its devices under these names in every directory, whatever extension follows.</summary>
    private static bool IsDevice(ReadOnlySpan<char> part)
    {
        var dot = part.IndexOf('.');
        var name = (dot < 0 ? part : part[..dot]).TrimEnd(' ');
        return name.Length is >= 3 and <= 7 && Devices.Contains(name);
    }
}
