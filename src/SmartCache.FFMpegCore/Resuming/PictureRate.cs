using System.Globalization;
using SmartCache.FFMpegCore.Results;

namespace SmartCache.FFMpegCore.Resuming;

/// <summary>Pictures per second, as a fraction: a quotient would be a tick off after some minutes.</summary>
internal readonly record struct PictureRate(long Pictures, long Seconds)
{
    /// <summary>Ticks in a second, where nothing else is said: those of the clock in MPEG-TS.</summary>
    public const int Clock = TransportSegment.Clock;

    // What ffmpeg says of a rate is below; more would overflow.
    private const long Most = 1_000_000_000;

    /// <summary>ffprobe's words for it: <c>24000/1001</c>.</summary>
    public static PictureRate? Parse(string? text) =>
        text?.Split('/') is [var above, var below]
        && long.TryParse(above, NumberStyles.None, CultureInfo.InvariantCulture, out var pictures)
        && long.TryParse(below, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds)
        && pictures is > 0 and < Most && seconds is > 0 and < Most
            ? new PictureRate(pictures, seconds)
            : null;

    /// <summary>Whether a picture lasts a whole number of ticks.</summary>
    public bool IsWhole(int clock = Clock) => clock * Seconds % Pictures == 0;

    /// <summary>When a picture is shown, in ticks. Rounded as ffmpeg does it, also before zero, where the decoding of the first pictures lies.</summary>
    public long TicksOf(long picture, int clock = Clock) => Divide((Int128)picture * clock * Seconds, Pictures);

    /// <summary>Which picture is shown at a time in ticks.</summary>
    public long PictureAt(long ticks) => Divide((Int128)ticks * Pictures, (Int128)Clock * Seconds);

    public TimeSpan TimeOf(long picture) => TimeSpan.FromTicks(Divide((Int128)picture * TimeSpan.TicksPerSecond * Seconds, Pictures));

    /// <summary>In seconds. A decimal, because what is written into a command must be the nearest number to the fraction.</summary>
    /// <param name="pictures">May be half a picture.</param>
    public decimal SecondsOf(decimal pictures) => pictures * Seconds / Pictures;

    // To the nearest, and from the middle away from zero.
    private static long Divide(Int128 above, Int128 below)
    {
        var half = (Int128.Abs(above) * 2 + below) / (below * 2);
        return (long)(above < 0 ? -half : half);
    }
}
