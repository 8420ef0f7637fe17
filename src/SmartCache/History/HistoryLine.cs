using System.Globalization;
using System.Text;

namespace SmartCache.History;

/// <summary>
/// An event as text: <c>time kind name=value…</c>, separated by single spaces, values percent-encoded. <c>time</c> is in seconds since 1970. A reader passes over names
/// and kinds that it does not know, so that later versions may add some.
/// </summary>
internal static class HistoryLine
{
    /// <summary>Names come from outside.</summary>
    private const int MaxText = 120;

    private const double MaxSeconds = 1e10;

    /// <summary>Appends the text of an event.</summary>
    public static void Append(StringBuilder line, HistoryEvent e)
    {
        var milliseconds = Math.Max(0, e.Time.ToUnixTimeMilliseconds());
        line.Append(CultureInfo.InvariantCulture, $"{milliseconds / 1000}.{milliseconds % 1000:D3} ").Append(e.Kind.ToString());
        Name(line, " layer=", e.Layer);
        Name(line, " outcome=", e.Outcome?.ToString());
        Name(line, " reason=", e.Reason is CacheReason.None ? null : e.Reason?.ToString());
        Name(line, " key=", e.Key);
        Name(line, " entry=", e.Entry);
        Name(line, " job=", e.Job);
        Name(line, " profile=", e.Profile);
        Seconds(line, " seconds=", e.Duration);
        Seconds(line, " cost=", e.Cost);
        Number(line, " bytes=", e.Bytes);
        Number(line, " entries=", e.Entries);
        Name(line, " limit=", e.Limit);
        Name(line, " policy=", e.Policy);
        Name(line, " operation=", e.Operation);
        Name(line, " failure=", e.Failure);
    }

    /// <summary>Reads a text that <see cref="Append"/> made; <see langword="null"/> where it is of a kind that this version does not know.</summary>
    public static HistoryEvent? Parse(string line)
    {
        var fields = line.Split(' ');
        if (fields.Length < 2
            || !double.TryParse(fields[0], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var time) || time is not (>= 0 and <= MaxSeconds)
            || NameIn<HistoryEventKind>(fields[1]) is not { } kind)
        {
            return null;
        }

        var read = new HistoryEvent(kind) { Time = DateTimeOffset.FromUnixTimeMilliseconds((long)Math.Round(time * 1000)) };
        foreach (var field in fields.AsSpan(2))
        {
            var end = field.IndexOf('=', StringComparison.Ordinal);
            read = end < 0 ? read : With(read, field[..end], Uri.UnescapeDataString(field[(end + 1)..]));
        }

        return read;
    }

    private static HistoryEvent With(HistoryEvent e, string name, string value) => name switch
    {
        "layer" => e with { Layer = value },
        "outcome" => e with { Outcome = NameIn<CacheOutcome>(value) },
        "reason" => e with { Reason = NameIn<CacheReason>(value) },
        "key" => e with { Key = value },
        "entry" => e with { Entry = value },
        "job" => e with { Job = value },
        "profile" => e with { Profile = value },
        "seconds" => e with { Duration = SecondsIn(value) },
        "cost" => e with { Cost = SecondsIn(value) },
        "bytes" => e with { Bytes = long.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var bytes) ? bytes : null },
        "entries" => e with { Entries = int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var entries) ? entries : null },
        "limit" => e with { Limit = value },
        "policy" => e with { Policy = value },
        "operation" => e with { Operation = value },
        "failure" => e with { Failure = value },
        _ => e,
    };

    private static void Name(StringBuilder line, string name, string? value)
    {
        if (!string.IsNullOrEmpty(value))
        {
            line.Append(name).Append(Uri.EscapeDataString(value.Length > MaxText ? value[..MaxText] : value));
        }
    }

    private static void Seconds(StringBuilder line, string name, TimeSpan? value)
    {
        if (value is { } time)
        {
            line.Append(name).Append(CultureInfo.InvariantCulture, $"{Math.Clamp(time.TotalSeconds, 0, MaxSeconds):F3}");
        }
    }

    private static void Number(StringBuilder line, string name, long? value)
    {
        if (value is { } number)
        {
            line.Append(name).Append(CultureInfo.InvariantCulture, $"{Math.Max(0, number)}");
        }
    }

    private static TimeSpan? SecondsIn(string text) =>
        double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var seconds) && seconds is >= 0 and <= MaxSeconds ? TimeSpan.FromSeconds(seconds) : null;

    // Not by its number, which says something else in another version.
    private static T? NameIn<T>(string text)
        where T : struct, Enum => text.Length > 0 && char.IsAsciiLetter(text[0]) && Enum.TryParse<T>(text, out var value) ? value : null;
}
