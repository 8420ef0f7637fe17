using Microsoft.Extensions.Configuration;

namespace SmartCache.Configuration;

/// <summary>
/// Tells a settings file that cannot be read from an edit. The provider of a broken or deleted file holds nothing at all any more, while
/// the rest of the configuration goes on: were that taken for an edit, a limit of 200 GB would fall to the default, and the cache would
/// delete three quarters of itself.
/// </summary>
internal sealed class SettingsPresence(IConfiguration? configuration)
{
    private IConfigurationProvider[] _holders = [];
    private bool _sectionHadKeys;

    /// <summary>Remembers who holds settings now.</summary>
    public void Remember()
    {
        _holders = [.. (configuration as IConfigurationRoot)?.Providers.Where(HoldsSettings) ?? []];
        _sectionHadKeys = SectionHasKeys();
    }

    /// <summary>Whether someone who held settings has lost everything. Where the providers cannot be seen, whether the section has.</summary>
    public bool IsLost() => configuration is IConfigurationRoot ? _holders.Any(HoldsNothing) : _sectionHadKeys && !SectionHasKeys();

    private static bool HoldsSettings(IConfigurationProvider provider) =>
        SettingTable.All.Any(key => provider.TryGet(key.FullPath, out _) || (key.EnvironmentName is { } name && provider.TryGet(name, out _)));

    private static bool HoldsNothing(IConfigurationProvider provider) => !provider.GetChildKeys([], null).Any();

    private bool SectionHasKeys() => configuration?.GetSection(SettingTable.Section).GetChildren().Any() ?? false;
}
