using System.Globalization;
using SmartCache.Profiles;

namespace SmartCache.FFMpegCore.Results;

/// <summary>What a run's playlist says: its segments in order. What its tags and names mean are the library's rules: <see cref="PlaylistTags"/>, <see cref="PlaylistUri"/>.</summary>
internal sealed class MediaPlaylist
{
    private MediaPlaylist(IReadOnlyList<Segment> segments, bool isEncrypted, IReadOnlyList<string> maps) =>
        (Segments, IsEncrypted, Maps) = (segments, isEncrypted, maps);

    public IReadOnlyList<Segment> Segments { get; }

    public TimeSpan Duration => TimeSpan.FromSeconds(Segments.Sum(segment => segment.Seconds));

    /// <summary>The segments' bytes are not the media.</summary>
    public bool IsEncrypted { get; }

    /// <summary>The heads that the segments need, each a URI and a file of its own: fragmented MP4.</summary>
    public IReadOnlyList<string> Maps { get; }

    /// <summary>Whether each segment is a file of its own, from its first byte to its last.</summary>
    public bool IsOneFileEach => Segments.DistinctBy(segment => segment.File).Count() == Segments.Count;

    /// <summary>Reads the playlist and looks for every segment. The program ends with 0 on a full disk, so its exit code says little.</summary>
    /// <exception cref="FfmpegException">The playlist is not closed, or a segment is missing.</exception>
    public static async Task<MediaPlaylist> ReadAsync(string directory, string playlist, CancellationToken cancellationToken)
    {
        var path = Path.Combine(directory, playlist);
        var lines = File.Exists(path) ? await File.ReadAllLinesAsync(path, cancellationToken).ConfigureAwait(false) : [];
        if (!lines.Contains(PlaylistTags.End))
            throw new FfmpegException("the playlist is not finished");

        var segments = new List<Segment>();
        double? seconds = null;
        long? part = null;
        var isEncrypted = false;
        var maps = new HashSet<string>(StringComparer.Ordinal);
        foreach (var line in lines)
        {
            var tag = PlaylistTags.NameOf(line);
            isEncrypted |= tag == PlaylistTags.Key && PlaylistTags.Attribute(line, "METHOD") is not (null or "NONE");
            if (tag == PlaylistTags.Map)
                maps.Add(PlaylistTags.Attribute(line, "URI") ?? "");
            if (tag == PlaylistTags.Segment)
            {
                seconds = Number(line[(PlaylistTags.Segment.Length + 1)..].Split(',')[0]) ?? throw new FfmpegException("the playlist has a segment without a duration");
            }
            else if (tag == PlaylistTags.ByteRange)
            {
                part = (long?)Number(line[(PlaylistTags.ByteRange.Length + 1)..].Split('@')[0]);
            }
            else if (tag.Length == 0 && line.Length > 0 && line[0] != '#')
            {
                if (PlaylistUri.Find("", line, name => new FileInfo(Path.Combine(directory, name)) is { Exists: true, Length: > 0 }) is not { } file)
                    throw new FfmpegException($"segment {segments.Count} is missing or empty");
                segments.Add(new Segment(
                    file, seconds ?? throw new FfmpegException("the playlist has a segment without a duration"), part ?? new FileInfo(Path.Combine(directory, file)).Length));
                (seconds, part) = (null, null);
            }
        }

        return segments.Count > 0 ? new MediaPlaylist(segments, isEncrypted, [.. maps]) : throw new FfmpegException("the playlist is empty");
    }

    private static double? Number(string text) => double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var value) ? value : null;

    /// <param name="File">Relative to the directory.</param>
    /// <param name="Seconds">Its duration.</param>
    /// <param name="Length">In bytes; of a part of a file, that part's.</param>
    public readonly record struct Segment(string File, double Seconds, long Length);
}
