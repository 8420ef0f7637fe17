using Microsoft.Extensions.Logging;

namespace SmartCache.Configuration;

/// <summary>Settings that never change: those of a cache that no host and no configuration stand behind.</summary>
internal sealed class FixedSettings(CacheSettings current) : ICacheSettingsSource
{
    public CacheSettings Current => current;

    /// <summary>Reads the options once, and logs what they come to as a host's start does.</summary>
    /// <exception cref="InvalidSettingsException">They are invalid, and <c>OnInvalidSettings</c> is <c>Fail</c>.</exception>
    public static FixedSettings From(CacheOptions options, CacheSettingsParser parser, ILogger logger)
    {
        var nothing = new CacheConfiguration(null);
        var parsed = parser.ParseAtStart(options, nothing.NameOf);
        new ReloadLog(logger, nothing).Started(parsed, new SettingTexts(options));
        return new FixedSettings(parsed.Settings);
    }
}
