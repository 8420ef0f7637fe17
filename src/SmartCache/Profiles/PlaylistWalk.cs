using System.Globalization;
using System.Text;
using SmartCache.Storage;
using SmartCache.Storage.Platform;

namespace SmartCache.Profiles;

/// <summary>
/// Follows an HLS playlist (RFC 8216) from its name to every file it reaches: segments, initialisation sections, keys, nested playlists.
/// It closes when each media playlist ends with <c>EXT-X-ENDLIST</c> and each named file exists below the directory and is not empty.
/// ffmpeg that was sent SIGTERM leaves such a playlist for half the video, so closing alone proves nothing: the duration must agree as well.
/// </summary>
internal sealed class PlaylistWalk
{
    private const int MaxPlaylistBytes = 8 << 20;
    private const int MaxPlaylists = 100;
    private const int MaxFiles = 50_000;

    private readonly string _directory;
    private readonly HashSet<string> _playlists = new(StringComparer.Ordinal);
    private readonly SortedSet<string> _files = new(StringComparer.Ordinal);

    private PlaylistWalk(string directory) => _directory = directory;

    /// <summary>Reads a playlist and what it names.</summary>
    /// <exception cref="InvalidDataException">It does not close; the message says at which file.</exception>
    public static PlaylistContents Read(string directory, string playlist)
    {
        var walk = new PlaylistWalk(directory);
        var duration = walk.ReadPlaylist(walk.Resolve("", playlist));
        return new PlaylistContents([.. walk._files], TimeSpan.FromSeconds(duration));
    }

    private double ReadPlaylist(string path)
    {
        if (!_playlists.Add(path))
        {
            return 0;
        }

        if (_playlists.Count > MaxPlaylists)
        {
            throw new InvalidDataException("the playlist nests too many others");
        }

        Require(path);
        var bytes = StateFile.Read(Path.Combine(_directory, path), MaxPlaylistBytes) ?? throw new InvalidDataException($"'{path}' is missing");
        using var reader = new StringReader(Encoding.UTF8.GetString(bytes));
        if (reader.ReadLine()?.TrimStart('\ufeff').TrimEnd() != "#EXTM3U")
        {
            throw new InvalidDataException($"'{path}' is not an HLS playlist");
        }

        var parent = Path.GetDirectoryName(path) is { Length: > 0 } directory ? directory.Replace('\\', '/') : "";
        double own = 0, nested = 0;
        var segments = 0;
        var ended = false;
        while (reader.ReadLine() is { } raw)
        {
            var line = raw.Trim();
            if (line.StartsWith("#EXTINF:", StringComparison.Ordinal))
            {
                own += Seconds(line["#EXTINF:".Length..].Split(',')[0], path);
            }
            else if (line == "#EXT-X-ENDLIST")
            {
                ended = true;
            }
            else if (line.StartsWith('#'))
            {
                if (UriAttribute(line) is { } named)
                {
                    nested = Math.Max(nested, ReadNamed(parent, named));
                }
            }
            else if (line.Length > 0)
            {
                nested = Math.Max(nested, ReadNamed(parent, line));
                segments++;
            }
        }

        if (!ended && (own > 0 || segments == 0))
        {
            throw new InvalidDataException($"'{path}' has no end (EXT-X-ENDLIST)");
        }

        return own > 0 ? own : nested;
    }

    private double ReadNamed(string parent, string uri)
    {
        var path = Resolve(parent, uri);
        if (path.EndsWith(".m3u8", StringComparison.OrdinalIgnoreCase))
        {
            return ReadPlaylist(path);
        }

        Require(path);
        return 0;
    }

    private void Require(string path)
    {
        if (!_files.Add(path))
        {
            return;
        }

        if (_files.Count > MaxFiles)
        {
            throw new InvalidDataException("the playlist names too many files");
        }

        if (FileSystem.Current.Stat(Path.Combine(_directory, path)) is not { Kind: FileKind.Regular, Length: > 0 })
        {
            throw new InvalidDataException($"'{path}' is named by the playlist and is missing or empty");
        }
    }

    private string Resolve(string parent, string uri)
    {
        var path = parent.Length == 0 ? uri : parent + "/" + uri;
        if (EntryPath.IsSafe(path) && FileSystem.Current.Stat(Path.Combine(_directory, path)) is not null)
        {
            return path;
        }

        var unescaped = Uri.UnescapeDataString(path);
        return EntryPath.IsSafe(unescaped) ? unescaped : throw new InvalidDataException("the playlist names a file outside its directory");
    }

    private static double Seconds(string text, string path) =>
        double.TryParse(text, NumberStyles.AllowDecimalPoint | NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture, out var seconds)
        && seconds is >= 0 and < 1e7
            ? seconds
            : throw new InvalidDataException($"'{path}' has a segment without a usable duration");

    private static string? UriAttribute(string tag)
    {
        const string name = "URI=\"";
        var start = tag.IndexOf(name, StringComparison.Ordinal);
        if (start < 0)
        {
            return null;
        }

        start += name.Length;
        var end = tag.IndexOf('"', start);
        return end > start ? tag[start..end] : null;
    }
}
