using System.Globalization;

namespace SmartCache.Stages.Ffmpeg;

/// <summary>What a run's playlist says: its segments in order, each with its duration.</summary>
internal sealed class MediaPlaylist
{
    private const string DurationTag = "#EXTINF:";

    private MediaPlaylist(IReadOnlyList<(string File, double Seconds)> segments) => Segments = segments;

    public IReadOnlyList<(string File, double Seconds)> Segments { get; }

    public TimeSpan Duration => TimeSpan.FromSeconds(Segments.Sum(segment => segment.Seconds));

    /// <summary>Reads the playlist and looks for every segment. The program ends with 0 on a full disk, so its exit code says little.</summary>
    /// <exception cref="FfmpegException">The playlist is not closed, or a segment is missing.</exception>
    public static async Task<MediaPlaylist> ReadAsync(string directory, string playlist, CancellationToken cancellationToken)
    {
        var path = Path.Combine(directory, playlist);
        var lines = File.Exists(path) ? await File.ReadAllLinesAsync(path, cancellationToken).ConfigureAwait(false) : [];
        if (!lines.Contains("#EXT-X-ENDLIST"))
            throw new FfmpegException("the playlist is not finished; is the disk full?");

        var segments = new List<(string, double)>();
        double? seconds = null;
        foreach (var line in lines)
        {
            if (line.StartsWith(DurationTag, StringComparison.Ordinal))
            {
                var text = line.AsSpan(DurationTag.Length);
                var end = text.IndexOf(',');
                seconds = double.TryParse(end < 0 ? text : text[..end], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var value)
                    ? value
                    : throw new FfmpegException("the playlist has a segment without a duration");
            }
            else if (line.Length > 0 && line[0] != '#')
            {
                if (new FileInfo(Path.Combine(directory, line)) is not { Exists: true, Length: > 0 })
                    throw new FfmpegException($"segment {segments.Count} is missing or empty; is the disk full?");
                segments.Add((line, seconds ?? throw new FfmpegException("the playlist has a segment without a duration")));
                seconds = null;
            }
        }

        return segments.Count > 0 ? new MediaPlaylist(segments) : throw new FfmpegException("the playlist is empty");
    }
}
