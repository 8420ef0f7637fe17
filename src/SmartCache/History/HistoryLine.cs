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
    /// <remarks>Each field is looked at in place: a history has tens of thousands of lines, and somebody waits for the answer.</remarks>
    public static HistoryEvent? Parse(ReadOnlySpan<char> line)
    {
        var fields = line.Split(' ');
        if (!fields.MoveNext()
            || !double.TryParse(line[fields.Current], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var time) || time is not (>= 0 and <= MaxSeconds)
            || !fields.MoveNext() || NameIn<HistoryEventKind>(line[fields.Current]) is not { } kind)
        {
            return null;
        }

        var read = new HistoryFields();
        while (fields.MoveNext())
        {
            var field = line[fields.Current];
            if (field.IndexOf('=') is >= 0 and var end)
            {
                read.Set(field[..end], field[(end + 1)..]);
            }
        }

        return read.ToEvent(kind, DateTimeOffset.FromUnixTimeMilliseconds((long)Math.Round(time * 1000)));
    }

    /// <summary>The time that a value is; <see langword="null"/> where it is none.</summary>
    public static TimeSpan? SecondsIn(ReadOnlySpan<char> value) =>
        double.TryParse(value, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var seconds) && seconds is >= 0 and <= MaxSeconds ? TimeSpan.FromSeconds(seconds) : null;

    /// <summary>The member that a value names; not by its number, which says something else in another version.</summary>
    public static T? NameIn<T>(ReadOnlySpan<char> value)
        where T : struct, Enum => value.Length > 0 && char.IsAsciiLetter(value[0]) && Enum.TryParse<T>(value, out var known) ? known : null;

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
}
