using System.Globalization;

namespace SmartCache.Uploads;

/// <summary>
/// One file of a target's journal: <c>{day}.journal</c>, and <c>{day}.1.journal</c> and so on where a day has more than one holds. Only the newest is
/// written to; a later part is newer.
/// </summary>
internal readonly record struct JournalPart(DateOnly Day, int Number) : IComparable<JournalPart>
{
    private const string Extension = ".journal";
    private const string DayFormat = "yyyy-MM-dd";
    private const int MaxNumber = 999_999;

    public string FileName => this + Extension;

    /// <summary>The part to begin with where the day has more than this one.</summary>
    public JournalPart Next => this with { Number = Number + 1 };

    public static JournalPart FirstOf(DateTimeOffset time) => new(DateOnly.FromDateTime(time.UtcDateTime), 0);

    /// <summary>Whether this is the name of a part, exactly as it is written.</summary>
    public static bool TryParseFileName(ReadOnlySpan<char> fileName, out JournalPart part)
    {
        part = default;
        return fileName.EndsWith(Extension, StringComparison.Ordinal) && TryParse(fileName[..^Extension.Length], out part);
    }

    public static bool TryParse(ReadOnlySpan<char> text, out JournalPart part)
    {
        part = default;
        if (text.Length < DayFormat.Length || !DateOnly.TryParseExact(text[..DayFormat.Length], DayFormat, CultureInfo.InvariantCulture, DateTimeStyles.None, out var day))
        {
            return false;
        }

        var rest = text[DayFormat.Length..];
        var number = 0;
        if (rest.Length > 0 && (rest[0] != '.' || rest[1..].StartsWith('0') || !int.TryParse(rest[1..], NumberStyles.None, CultureInfo.InvariantCulture, out number) || number > MaxNumber))
        {
            return false;
        }

        part = new JournalPart(day, number);
        return true;
    }

    public int CompareTo(JournalPart other) => Day == other.Day ? Number.CompareTo(other.Number) : Day.CompareTo(other.Day);

    public static bool operator <(JournalPart one, JournalPart other) => one.CompareTo(other) < 0;

    public static bool operator >(JournalPart one, JournalPart other) => one.CompareTo(other) > 0;

    public static bool operator <=(JournalPart one, JournalPart other) => one.CompareTo(other) <= 0;

    public static bool operator >=(JournalPart one, JournalPart other) => one.CompareTo(other) >= 0;

    public override string ToString()
    {
        var day = Day.ToString(DayFormat, CultureInfo.InvariantCulture);
        return Number == 0 ? day : string.Create(CultureInfo.InvariantCulture, $"{day}.{Number}");
    }
}
