using System.Globalization;
using System.Text;
using SmartCache.Storage;
using SmartCache.Storage.Platform;

namespace SmartCache.Profiles;

/// <summary>
/// Follows an HLS playlist (RFC 8216) from its name to every file it reaches: segments, initialisation sections, keys, nested playlists.
/// It closes when each media playlist ends with <c>EXT-X-ENDLIST</c> and all media that it names exists below the directory and is not empty.
/// ffmpeg that was sent SIGTERM leaves such a playlist for half the video, so closing alone proves nothing: the duration must agree as well.
/// What a tag names is <see cref="PlaylistTags"/>'s to say, and which file a URI means <see cref="PlaylistUri"/>'s.
/// </summary>
internal sealed class PlaylistWalk
{
    private const int MaxPlaylistBytes = 8 << 20;
    private const int MaxPlaylists = 100;
    private const int MaxFiles = 50_000;

    private readonly FileSystem _disk;
    private readonly string _directory;
    private readonly Dictionary<string, double> _playlists = new(StringComparer.Ordinal);
    private readonly SortedSet<string> _files = new(StringComparer.Ordinal);

    private PlaylistWalk(FileSystem disk, string directory) => (_disk, _directory) = (disk, directory);

    /// <summary>Reads a playlist and what it names.</summary>
    /// <exception cref="InvalidDataException">It does not close; the message says at which file.</exception>
    public static PlaylistContents Read(FileSystem disk, string directory, string playlist)
    {
        if (!EntryPath.IsSafe(playlist))
        {
            throw new InvalidDataException("the playlist lies outside the profile's directory");
        }

        var walk = new PlaylistWalk(disk, directory);
        var duration = walk.ReadPlaylist(playlist);
        return new PlaylistContents([.. walk._files], TimeSpan.FromSeconds(duration));
    }

    /// <returns>The length of its pictures in seconds: of a playlist of playlists, that of its shortest variant.</returns>
    private double ReadPlaylist(string path)
    {
        // In a circle of playlists the one that is being read has no length yet.
        if (!_playlists.TryAdd(path, 0))
        {
            return _playlists[path];
        }

        if (_playlists.Count > MaxPlaylists)
        {
            throw new InvalidDataException("the playlist nests too many others");
        }

        Take(path);
        var own = 0.0;
        var variants = new List<(string Tag, double Seconds)>();
        if (!ReadLines(path, ref own, variants))
        {
            throw new InvalidDataException($"'{path}' has no end (EXT-X-ENDLIST)");
        }

        var tellTheirSize = variants.Exists(static it => PlaylistTags.Attribute(it.Tag, "RESOLUTION") is not null);
        var pictures = variants.Where(it => PlaylistTags.HasPictures(it.Tag, tellTheirSize)).Select(static it => it.Seconds);
        return _playlists[path] = own > 0 ? own : pictures.DefaultIfEmpty(0).Min();
    }

    /// <param name="path">A playlist.</param>
    /// <param name="own">Gets the seconds of its segments.</param>
    /// <param name="variants">Gets the playlists that it names as variants.</param>
    /// <returns>Whether it ends; one that holds only playlists need not.</returns>
    private bool ReadLines(string path, ref double own, List<(string Tag, double Seconds)> variants)
    {
        var parent = Path.GetDirectoryName(path) is { Length: > 0 } directory ? directory.Replace('\\', '/') : "";
        var segments = 0;
        var ended = false;
        var isGap = false;
        string? variant = null;
        foreach (var line in Lines(path))
        {
            var tag = PlaylistTags.NameOf(line);
            if (tag == PlaylistTags.Segment)
            {
                own += Seconds(line[Math.Min(PlaylistTags.Segment.Length + 1, line.Length)..].Split(',')[0], path);
            }
            else if (tag.Length > 0)
            {
                ended |= tag == PlaylistTags.End;
                isGap |= tag == PlaylistTags.Gap;
                variant = tag == PlaylistTags.Variant ? line : variant;
                foreach (var (uri, reference) in PlaylistTags.UrisOf(line))
                {
                    ReadNamed(parent, uri, reference);
                }
            }
            else if (line.Length > 0 && line[0] != '#')
            {
                segments++;
                if (variant is not null || IsPlaylist(PlaylistUri.Bare(line)))
                {
                    variants.Add((variant ?? "", ReadPlaylist(Require(parent, line))));
                }
                else
                {
                    ReadNamed(parent, line, isGap ? PlaylistReference.Other : PlaylistReference.Media);
                }

                (isGap, variant) = (false, null);
            }
        }

        return ended || (own <= 0 && segments > 0);
    }

    private IEnumerable<string> Lines(string path)
    {
        var bytes = BoundedFile.Read(_disk, Path.Combine(_directory, path), MaxPlaylistBytes) ?? throw new InvalidDataException($"'{path}' is missing");
        using var reader = new StringReader(Encoding.UTF8.GetString(bytes));
        if (reader.ReadLine()?.TrimStart('\ufeff').TrimEnd() != "#EXTM3U")
        {
            throw new InvalidDataException($"'{path}' is not an HLS playlist");
        }

        while (reader.ReadLine() is { } line)
        {
            yield return line.Trim();
        }
    }

    private void ReadNamed(string parent, string uri, PlaylistReference reference)
    {
        if (reference is PlaylistReference.Key or PlaylistReference.Other)
        {
            if (Find(parent, uri) is { } here)
            {
                Take(here);
            }

            return;
        }

        var path = Require(parent, uri);
        if (reference == PlaylistReference.Rendition && IsPlaylist(path))
        {
            ReadPlaylist(path);
        }
        else
        {
            Take(path);
        }
    }

    private static bool IsPlaylist(string path) => path.EndsWith(".m3u8", StringComparison.OrdinalIgnoreCase) || path.EndsWith(".m3u", StringComparison.OrdinalIgnoreCase);

    private string? Find(string parent, string uri) => PlaylistUri.Find(parent, uri, IsFile);

    private string Require(string parent, string uri) =>
        Find(parent, uri) ?? throw new InvalidDataException($"'{PlaylistUri.Bare(uri)}' is named by the playlist and is not in its directory");

    private bool IsFile(string path) => EntryPath.IsSafe(path) && _disk.Stat(Path.Combine(_directory, path)) is { Kind: FileKind.Regular };

    private void Take(string path)
    {
        if (!_files.Add(path))
        {
            return;
        }

        if (_files.Count > MaxFiles)
        {
            throw new InvalidDataException("the playlist names too many files");
        }

        if (_disk.Stat(Path.Combine(_directory, path)) is not { Kind: FileKind.Regular, Length: > 0 })
        {
            throw new InvalidDataException($"'{path}' is named by the playlist and is missing or empty");
        }
    }

    private static double Seconds(string text, string path) =>
        double.TryParse(text, NumberStyles.AllowDecimalPoint | NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture, out var seconds)
        && seconds is >= 0 and < 1e7
            ? seconds
            : throw new InvalidDataException($"'{path}' has a segment without a usable duration");
}
