using Microsoft.Extensions.Configuration;
using SmartCache.Configuration;

namespace SmartCache;

/// <summary>Every setting of the cache as a worker with this configuration would have it, with where each came from.</summary>
public sealed class ExplainedSettings
{
    private ExplainedSettings(IReadOnlyList<ExplainedSetting> settings, IReadOnlyList<string> unknownKeys) => (Settings, UnknownKeys) = (settings, unknownKeys);

    /// <summary>All settings, in the order of docs/configuration.md.</summary>
    public IReadOnlyList<ExplainedSetting> Settings { get; }

    /// <summary>Keys below <c>Cache</c> that are none of these: typing errors, or of a newer version.</summary>
    public IReadOnlyList<string> UnknownKeys { get; }

    /// <summary>Reads them once. What is set in code, or changed while a worker runs, is not known here.</summary>
    /// <param name="configuration">The root of the configuration.</param>
    public static ExplainedSettings Of(IConfiguration configuration)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        var reader = new CacheConfiguration(configuration);
        var options = new CacheOptions();
        reader.Configure(options);
        var parsed = new CacheSettingsParser(options.EvictionPolicy is { } policy ? [policy.Trim()] : [], Environment.CurrentDirectory).Parse(options, reader.NameOf);
        return new ExplainedSettings([.. SettingTable.All.Select(key => Explain(key, key.Read(options), reader, parsed))], [.. reader.UnknownKeys()]);
    }

    private static ExplainedSetting Explain(SettingKey key, string? text, CacheConfiguration reader, ParsedSettings parsed) => new()
    {
        Key = key.FullPath,
        Value = SettingText.Shown(text ?? key.Default),
        IsDefault = text is null,
        Origin = text is null ? "default" : reader.OriginOf(key, text),
        Problem = parsed.Failures.FirstOrDefault(failure => failure.Key == key)?.Message,
        NeedsRestart = key.NeedsRestart,
        Meaning = key.Meaning.Replace("`", "", StringComparison.Ordinal),
    };
}
