using System.Globalization;
using System.Text;
using SmartCache;

namespace EncoderWorker.Jobs;

/// <summary>The playlist of playlists. It depends on the set of profiles, so the worker writes it and no cache entry holds it.</summary>
internal static class MasterPlaylist
{
    public static async Task WriteAsync(string directory, IReadOnlyList<EncodingProfile> profiles, IReadOnlyList<EncodedProfile> encoded, CancellationToken cancellationToken)
    {
        var text = new StringBuilder("#EXTM3U\n#EXT-X-VERSION:3\n");
        foreach (var (profile, result) in profiles.Zip(encoded))
        {
            var playlist = Path.GetRelativePath(directory, Path.Combine(result.Directory, result.Playlist)).Replace(Path.DirectorySeparatorChar, '/');
            text.Append(CultureInfo.InvariantCulture, $"#EXT-X-STREAM-INF:BANDWIDTH={Bandwidth(profile, result)},RESOLUTION={Resolution(profile, result)},NAME=\"{profile.Name}\"\n{playlist}\n");
        }

        await File.WriteAllTextAsync(Path.Combine(directory, "master.m3u8"), text.ToString(), cancellationToken);
    }

    // What the encoder said about its result comes back with a cached one, so that a retry writes the same bytes.
    private static string Bandwidth(EncodingProfile profile, EncodedProfile result) =>
        result.Properties.GetValueOrDefault("bandwidth")
        ?? ((Kilobits(profile.VideoBitrate) + Kilobits(profile.AudioBitrate)) * 1100).ToString(CultureInfo.InvariantCulture);

    private static string? Resolution(EncodingProfile profile, EncodedProfile result) =>
        result.Properties.TryGetValue(MediaFacts.Width, out var width) && result.Properties.TryGetValue(MediaFacts.Height, out var height)
            ? $"{width}x{height}"
            : profile.Resolution;

    private static int Kilobits(string? bitrate) =>
        int.TryParse(bitrate?.TrimEnd('k'), NumberStyles.None, CultureInfo.InvariantCulture, out var kilobits) ? kilobits : 0;
}
