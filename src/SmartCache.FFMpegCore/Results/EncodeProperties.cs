using System.Globalization;

namespace SmartCache.FFMpegCore.Results;

/// <summary>What a master playlist needs to know about an encode.</summary>
internal static class EncodeProperties
{
    private static readonly string[] s_kept =
        [MediaFacts.Width, MediaFacts.Height, MediaFacts.VideoCodec, MediaFacts.AudioCodec, MediaFacts.FrameRate, "video.profile", "video.level"];

    /// <summary>Peak and average bits per second over the segments (RFC 8216: BANDWIDTH and AVERAGE-BANDWIDTH).</summary>
    public static Dictionary<string, string> Of(MediaPlaylist playlist)
    {
        double peak = 0;
        long bytes = 0;
        foreach (var (_, seconds, length) in playlist.Segments)
        {
            bytes += length;
            if (seconds > 0)
                peak = Math.Max(peak, length * 8 / seconds);
        }

        return new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["bandwidth"] = Text(peak),
            ["bandwidth.average"] = Text(bytes * 8 / Math.Max(playlist.Duration.TotalSeconds, 0.001)),
        };
    }

    public static void AddFacts(Dictionary<string, string> to, IReadOnlyDictionary<string, string>? facts)
    {
        foreach (var name in s_kept)
        {
            if (facts is not null && facts.TryGetValue(name, out var value))
                to[name] = value;
        }
    }

    private static string Text(double value) => Math.Ceiling(value).ToString("0", CultureInfo.InvariantCulture);
}
