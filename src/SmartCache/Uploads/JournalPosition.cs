using System.Globalization;

namespace SmartCache.Uploads;

/// <summary>
/// A place in a target's journal, and with it a state of knowledge: everything before it was read. Written as <c>{part}:{offset}</c>.
/// The default lies before everything.
/// </summary>
/// <param name="Part">The file.</param>
/// <param name="Offset">Bytes from its beginning.</param>
/// <param name="Own">Orders what one session learned while it stood at this place; never written.</param>
internal readonly record struct JournalPosition(JournalPart Part, long Offset, long Own = 0) : IComparable<JournalPosition>
{
    /// <summary>Behind everything that a part can hold.</summary>
    public static JournalPosition EndOf(JournalPart part) => new(part, long.MaxValue);

    public static JournalPosition Later(JournalPosition one, JournalPosition other) => one > other ? one : other;

    public static bool TryParse(ReadOnlySpan<char> text, out JournalPosition position)
    {
        position = default;
        var colon = text.IndexOf(':');
        if (colon < 0
            || !JournalPart.TryParse(text[..colon], out var part)
            || !long.TryParse(text[(colon + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out var offset))
        {
            return false;
        }

        position = new JournalPosition(part, offset);
        return true;
    }

    public int CompareTo(JournalPosition other)
    {
        var part = Part.CompareTo(other.Part);
        var offset = part != 0 ? part : Offset.CompareTo(other.Offset);
        return offset != 0 ? offset : Own.CompareTo(other.Own);
    }

    public static bool operator <(JournalPosition one, JournalPosition other) => one.CompareTo(other) < 0;

    public static bool operator >(JournalPosition one, JournalPosition other) => one.CompareTo(other) > 0;

    public static bool operator <=(JournalPosition one, JournalPosition other) => one.CompareTo(other) <= 0;

    public static bool operator >=(JournalPosition one, JournalPosition other) => one.CompareTo(other) >= 0;

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Part}:{Offset}");
}
