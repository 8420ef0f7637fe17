using System.Globalization;
using SmartCache.Abstractions;

namespace SmartCache.Configuration;

/// <summary>Makes the parsers of the table's rows: text to value, range, value into the draft.</summary>
internal static class SettingParsers
{
    private static readonly string[] Switches = ["true", "false"];
    private static readonly string[] OffAndOn = ["Off", "On"];
    private static readonly string[] AutoAndOff = ["Auto", "Off"];

    public static SettingParser Switch(Func<CacheSettings, bool, CacheSettings> set) => (text, draft) =>
    {
        var problem = ChoiceText.Parse(text, Switches, out var name);
        return Take(problem, draft, () => set(draft.Settings, name == "true"));
    };

    public static SettingParser OffOrOn(Func<CacheSettings, bool, CacheSettings> set) => (text, draft) =>
    {
        var problem = ChoiceText.Parse(text, OffAndOn, out var name);
        return Take(problem, draft, () => set(draft.Settings, name == "On"));
    };

    public static SettingParser Choice<TEnum>(Func<CacheSettings, TEnum, CacheSettings> set)
        where TEnum : struct, Enum => (text, draft) =>
    {
        var problem = ChoiceText.Parse<TEnum>(text, out var value);
        return Take(problem, draft, () => set(draft.Settings, value));
    };

    public static SettingParser Policy() => (text, draft) =>
    {
        var problem = ChoiceText.Parse(text, draft.Policies, out var name);
        return Take(problem, draft, () => draft.Settings with { EvictionPolicy = name });
    };

    public static SettingParser Size(long least, long most, Func<CacheSettings, long, CacheSettings> set) => (text, draft) =>
    {
        var problem = SizeText.Parse(text, out var bytes) ?? OutOfRange(bytes, least, most);
        return Take(problem, draft, () => set(draft.Settings, bytes));
    };

    public static SettingParser OffOrSize(long least, long most, Func<CacheSettings, long, CacheSettings> set)
    {
        var size = Size(least, most, set);
        return (text, draft) => text.Trim().ToUpperInvariant() is "OFF" or "0" ? Take(null, draft, () => set(draft.Settings, 0)) : size(text, draft);
    }

    public static SettingParser OffOrDuration(TimeSpan least, TimeSpan most, Func<CacheSettings, TimeSpan, CacheSettings> set)
    {
        var duration = Duration(least, most, set);
        return (text, draft) => text.Trim().ToUpperInvariant() is "OFF" or "0" ? Take(null, draft, () => set(draft.Settings, TimeSpan.Zero)) : duration(text, draft);
    }

    public static SettingParser Number(int least, int most, Func<CacheSettings, int, CacheSettings> set) => (text, draft) =>
    {
        var problem = Measure.Split(text, out var number, out var unit) ?? (unit.Length > 0 || number != decimal.Truncate(number) ? "is not a whole number" : OutOfRange(number, least, most));
        return Take(problem, draft, () => set(draft.Settings, (int)number));
    };

    public static SettingParser Share(long most, Func<CacheSettings, SizeShare, CacheSettings> set) => (text, draft) =>
    {
        var problem = SizeShareText.Parse(text, out var share) ?? OutOfRange(share.Bytes ?? 0, 0, most);
        return Take(problem, draft, () => set(draft.Settings, share));
    };

    public static SettingParser FreeSpace(long most) => (text, draft) =>
    {
        var problem = FreeSpaceText.Parse(text, out var floor) ?? OutOfRange(floor.Bytes ?? 0, 0, most);
        return Take(problem, draft, () => draft.Settings with { MinFreeSpace = floor });
    };

    public static SettingParser FreeInodes(long most) => (text, draft) =>
    {
        var problem = FreeInodeText.Parse(text, out var floor)
            ?? (floor.Count is { } count && (count < FreeInodeFloor.Least || count > most) ? $"is not between {FreeInodeFloor.Least} and {most}" : null);
        return Take(problem, draft, () => draft.Settings with { MinFreeInodes = floor });
    };

    public static SettingParser Duration(TimeSpan least, TimeSpan most, Func<CacheSettings, TimeSpan, CacheSettings> set) => (text, draft) =>
    {
        var problem = DurationText.Parse(text, out var duration) ?? OutOfRange(duration, least, most);
        return Take(problem, draft, () => set(draft.Settings, duration));
    };

    public static SettingParser Flush(TimeSpan least, TimeSpan most, Func<CacheSettings, TimeSpan, CacheSettings> set)
    {
        var duration = Duration(least, most, set);
        return (text, draft) => text.Trim().ToUpperInvariant() switch
        {
            "ALWAYS" => Take(null, draft, () => set(draft.Settings, TimeSpan.Zero)),
            "ONCLOSE" => Take(null, draft, () => set(draft.Settings, Timeout.InfiniteTimeSpan)),
            _ => duration(text, draft),
        };
    }

    public static SettingParser Root() => (text, draft) =>
    {
        var problem = DirectoryText.Parse(text, draft.BaseDirectory, out var directory);
        if (problem is null)
        {
            draft.MoveTo(directory);
        }

        return problem;
    };

    public static SettingParser Location(Func<CacheSettings, string, CacheSettings> set) => (text, draft) =>
    {
        var problem = DirectoryText.Parse(text, draft.BaseDirectory, out var directory);
        return Take(problem, draft, () => set(draft.Settings, directory));
    };

    public static SettingParser Count(int least, int most, Func<CacheSettings, int, CacheSettings> set) => (text, draft) =>
    {
        var problem = int.TryParse(text.Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var count) ? OutOfRange(count, least, most) : "is no whole number";
        return Take(problem, draft, () => set(draft.Settings, count));
    };

    public static SettingParser Prefix(Func<CacheSettings, string, CacheSettings> set) => (text, draft) =>
    {
        var problem = PrefixText.Parse(text, out var prefix);
        return Take(problem, draft, () => set(draft.Settings, prefix));
    };

    public static SettingParser AutoOrOff(Func<CacheSettings, bool, CacheSettings> set) => (text, draft) =>
    {
        var problem = ChoiceText.Parse(text, AutoAndOff, out var name);
        return Take(problem, draft, () => set(draft.Settings, name == "Auto"));
    };

    public static SettingParser Mode() => (text, draft) =>
    {
        var problem = DirectoryModeText.Parse(text, out var mode);
        return Take(problem, draft, () => draft.Settings with { DirectoryMode = mode });
    };

    public static SettingParser Reaction() => (text, draft) =>
    {
        var problem = ChoiceText.Parse<OnInvalidSettings>(text, out var reaction);
        draft.OnInvalidSettings = problem is null ? reaction : draft.OnInvalidSettings;
        return problem;
    };

    private static string? OutOfRange<T>(T value, T least, T most)
        where T : IComparable<T> =>
        value.CompareTo(least) < 0 ? "is too small" : value.CompareTo(most) > 0 ? "is too large" : null;

    private static string? Take(string? problem, SettingsDraft draft, Func<CacheSettings> settings)
    {
        if (problem is null)
        {
            draft.Settings = settings();
        }

        return problem;
    }
}
