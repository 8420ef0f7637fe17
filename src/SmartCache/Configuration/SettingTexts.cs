namespace SmartCache.Configuration;

/// <summary>The texts of all settings at one moment, in the order of the table, to see what an edit changed.</summary>
internal sealed class SettingTexts(CacheOptions options)
{
    private readonly string?[] _texts = [.. SettingTable.All.Select(key => key.Read(options))];

    /// <summary>Every setting that is given, with its text.</summary>
    public IEnumerable<(SettingKey Key, string Text)> Given() =>
        SettingTable.All.Zip(_texts).Where(pair => pair.Second is not null).Select(pair => (pair.First, pair.Second!));

    /// <summary>Every setting whose text differs from the one in <paramref name="earlier"/>.</summary>
    public IEnumerable<(SettingKey Key, string? Before, string? Now)> ChangesSince(SettingTexts earlier) =>
        SettingTable.All.Select((key, i) => (Key: key, Before: earlier._texts[i], Now: _texts[i])).Where(change => change.Before != change.Now);

    public bool Same(SettingTexts other) => _texts.AsSpan().SequenceEqual(other._texts);
}
