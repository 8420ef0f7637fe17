using System.Globalization;

namespace SmartCache.Configuration;

/// <summary>
/// Durations: <c>500ms</c>, <c>30s</c>, <c>5m</c>, <c>24h</c>, <c>7d</c>, <c>hh:mm:ss</c>, and <c>d.hh:mm:ss</c>, because that is how .NET writes 7 days.
/// <para>Not <see cref="TimeSpan.Parse(string)"/>: it refuses <c>24h</c> and reads both <c>24</c> and <c>24:00:00</c> as 24 days.</para>
/// </summary>
internal static class DurationText
{
    private static readonly (string Unit, long Ticks)[] Units =
    [
        ("ms", TimeSpan.TicksPerMillisecond),
        ("s", TimeSpan.TicksPerSecond),
        ("m", TimeSpan.TicksPerMinute),
        ("h", TimeSpan.TicksPerHour),
        ("d", TimeSpan.TicksPerDay),
    ];

    /// <summary>Null when <paramref name="text"/> is a duration, else what is wrong with it.</summary>
    public static string? Parse(string text, out TimeSpan duration)
    {
        duration = default;
        if (text.Contains(':', StringComparison.Ordinal))
        {
            return ParseClock(text.Trim(), out duration);
        }

        if (Measure.Split(text, out var number, out var unit) is { } problem)
        {
            return problem;
        }

        if (unit.Length == 0)
        {
            return "has no unit; .NET would read a bare number as days, others mean seconds";
        }

        var factor = Array.Find(Units, known => known.Unit.Equals(unit, StringComparison.OrdinalIgnoreCase)).Ticks;
        if (factor == 0)
        {
            return "has a unit that is not one of ms, s, m, h, d";
        }

        if (number > long.MaxValue / factor)
        {
            return "is too long";
        }

        duration = TimeSpan.FromTicks((long)(number * factor));
        return null;
    }

    private static string? ParseClock(string text, out TimeSpan duration)
    {
        const string Shape = "is not of the form hh:mm:ss";
        duration = default;
        if (text[0] == '-')
        {
            return "is negative";
        }

        var parts = text.Split(':');
        if (parts.Length != 3)
        {
            return Shape;
        }

        var days = 0;
        var hoursText = parts[0];
        var dot = hoursText.IndexOf('.', StringComparison.Ordinal);
        if (dot >= 0)
        {
            if (!Whole(hoursText[..dot], out days))
            {
                return Shape;
            }

            hoursText = hoursText[(dot + 1)..];
        }

        if (!Whole(hoursText, out var hours)
            || !Whole(parts[1], out var minutes)
            || !char.IsAsciiDigit(parts[2].FirstOrDefault())
            || !decimal.TryParse(parts[2], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var seconds))
        {
            return Shape;
        }

        if (minutes > 59 || seconds >= 60 || (dot >= 0 && hours > 23))
        {
            return Shape + ": minutes and seconds end at 59" + (dot >= 0 ? ", hours beside days at 23" : "");
        }

        // Each part is below 2^31, so the sum stays far inside a TimeSpan only while days do: 2^31 days do not.
        var ticks = ((decimal)days * TimeSpan.TicksPerDay) + ((decimal)hours * TimeSpan.TicksPerHour) + ((decimal)minutes * TimeSpan.TicksPerMinute) + (seconds * TimeSpan.TicksPerSecond);
        if (ticks > long.MaxValue)
        {
            return "is too long";
        }

        duration = TimeSpan.FromTicks((long)ticks);
        return null;
    }

    private static bool Whole(string text, out int value) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value);
}
