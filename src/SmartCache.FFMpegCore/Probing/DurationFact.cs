using System.Globalization;
using global::FFMpegCore;

namespace SmartCache.FFMpegCore.Probing;

/// <summary>
/// Where the duration of the pictures comes from. The first of these that has one:
/// <list type="number">
/// <item><c>stream</c>: a container that keeps the length of each stream by itself (<see cref="s_declaring"/>);</item>
/// <item><c>tag</c>: the stream's <c>DURATION</c> in Matroska and WebM, where the file says that it is at least as long: a tag is copied from file to file;</item>
/// <item><c>timestamps</c>: a format without any header about length (<see cref="s_stamped"/>), where ffprobe takes the first time stamp from the last;</item>
/// <item><c>packets</c>: what <see cref="PacketEnds"/> found;</item>
/// <item><c>container</c>: the length of the whole file, that is of its longest stream.</item>
/// </list>
/// What follows where an encode lasts another time is <see cref="Profiles.ExpectedDuration"/>'s to say.
/// </summary>
/// <param name="Seconds">More than zero.</param>
/// <param name="Source">A value of <see cref="MediaFacts.DurationSource"/>.</param>
internal readonly record struct DurationFact(double Seconds, string Source)
{
    // In other containers what ffprobe shows as a stream's duration may be the file's (ASF).
    private static readonly string[] s_declaring = ["mov", "mp4", "avi", "mxf"];
    private static readonly string[] s_stamped = ["mpegts", "mpeg", "ogg"];

    // Two streams that end within a second end together.
    private const double Together = 1;

    /// <summary>As ffprobe tells it; <see langword="null"/> where it tells nothing.</summary>
    public static DurationFact? Told(FFProbeAnalysis reply)
    {
        var formats = reply.Format?.FormatName?.Split(',') ?? [];
        var file = Positive(reply.Format?.Duration);
        var stream = Positive(reply.Pictures()?.Duration);
        var tag = Tag(reply.Pictures()?.Tags);
        if (stream is { } declared && formats.Any(s_declaring.Contains))
            return new DurationFact(declared, MediaFacts.FromStream);
        if (tag is { } tagged && tagged <= file + Together)
            return new DurationFact(tagged, MediaFacts.FromTag);
        if (formats.Any(s_stamped.Contains))
            return (stream ?? file) is { } stamped ? new DurationFact(stamped, MediaFacts.FromTimestamps) : null;
        return (file ?? stream) is { } longest ? new DurationFact(longest, MediaFacts.FromContainer) : null;
    }

    /// <summary>Whether the packets know better.</summary>
    public static bool IsToBeMeasured(DurationFact? told) => told is not { Source: not MediaFacts.FromContainer };

    /// <summary>What the packets say, together with what the container said.</summary>
    public static DurationFact? Measured(DurationFact? told, FFProbeAnalysis reply, PacketEnds ends)
    {
        // The container's length is that of the stream that reaches furthest. Where that is the pictures and nothing reaches the container's end, the rest is cut off.
        if (told is { } container && container.Seconds > ends.Last + Together && ends.Pictures > ends.Last - Together)
            return container with { Source = MediaFacts.FromPackets };

        var start = double.TryParse(reply.Pictures()?.StartTime, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) ? value : 0;
        return ends.Pictures > start ? new DurationFact(ends.Pictures - start, MediaFacts.FromPackets) : told;
    }

    public string Text => Seconds.ToString("0.000000", CultureInfo.InvariantCulture);

    // 00:00:12.023000000, and DURATION-eng in what mkvmerge wrote. ffmpeg copies the latter from file to file and writes the former itself.
    private static double? Tag(IReadOnlyDictionary<string, string>? tags)
    {
        if (tags is null)
            return null;

        var text = tags.FirstOrDefault(static tag => tag.Key.Equals("DURATION", StringComparison.OrdinalIgnoreCase)).Value
            ?? tags.FirstOrDefault(static tag => tag.Key.StartsWith("DURATION-", StringComparison.OrdinalIgnoreCase)).Value;
        var parts = text?.Split(':');
        return parts is [var hours, var minutes, var seconds]
            && double.TryParse(hours, NumberStyles.None, CultureInfo.InvariantCulture, out var h)
            && double.TryParse(minutes, NumberStyles.None, CultureInfo.InvariantCulture, out var m)
            && double.TryParse(seconds, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var s)
            && h * 3600 + m * 60 + s is > 0 and var total
            ? total
            : null;
    }

    private static double? Positive(string? seconds) =>
        double.TryParse(seconds, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && value is > 0 and < 1e8 ? value : null;
}
