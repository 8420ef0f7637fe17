using SmartCache.Abstractions;

namespace SmartCache.Configuration;

/// <summary>What <see cref="CacheSettingsParser"/> made of the options. With failures, <see cref="Settings"/> has the defaults in their places.</summary>
internal sealed record ParsedSettings(CacheSettings Settings, OnInvalidSettings OnInvalidSettings, IReadOnlyList<SettingFailure> Failures)
{
    public IEnumerable<string> Messages => Failures.Select(failure => failure.Message);
}
