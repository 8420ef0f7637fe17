using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Primitives;

namespace SmartCache.Configuration;

/// <summary>
/// Binds the section <c>Cache</c> and the environment names of the original design to <see cref="CacheOptions"/>, from the table: no
/// reflection, no further package. Without an <see cref="IConfiguration"/> there is nothing to bind and every default applies.
/// </summary>
/// <param name="configuration">The root.</param>
/// <param name="owned">Parts of the section that packages read by themselves.</param>
internal sealed class CacheConfiguration(IConfiguration? configuration, IEnumerable<OwnedSection>? owned = null) : IConfigureOptions<CacheOptions>, IOptionsChangeTokenSource<CacheOptions>
{
    private readonly string[] _owned = [.. (owned ?? []).Select(static section => section.Path)];

    public string Name => Options.DefaultName;

    /// <summary>Whether a settings file was lost.</summary>
    public SettingsPresence Presence { get; } = new(configuration);

    public IChangeToken GetChangeToken() => configuration?.GetReloadToken() ?? new CancellationChangeToken(CancellationToken.None);

    public void Configure(CacheOptions options)
    {
        foreach (var key in SettingTable.All)
        {
            if (Find(key) is { } found)
            {
                key.Write(options, found.Text);
            }
        }
    }

    /// <summary>What an error message calls the place that <paramref name="text"/> came from.</summary>
    public string NameOf(SettingKey key, string text) =>
        Find(key) is not { } found || found.Text != text ? key.FullPath + " (set in code)"
        : found.Name == key.FullPath ? key.FullPath
        : $"{found.Name} ({key.FullPath})";

    /// <summary>Where <paramref name="text"/> came from, as exactly as can be said, for the log.</summary>
    public string OriginOf(SettingKey key, string text) =>
        Find(key) is not { } found || found.Text != text ? "code"
        : ProviderOf(found.Name) is { } provider ? $"{found.Name} in {provider}"
        : found.Name;

    /// <summary>A part of the section, for the package that reads it; <see langword="null"/> where there is no configuration.</summary>
    public IConfiguration? Section(string path) => configuration?.GetSection($"{SettingTable.Section}:{path}");

    /// <summary>Keys under the section that no row of the table knows.</summary>
    public IEnumerable<string> UnknownKeys()
    {
        if (configuration is null)
        {
            return [];
        }

        var section = configuration.GetSection(SettingTable.Section);
        return section.Value is { Length: > 0 } ? [SettingTable.Section, .. UnknownBelow(section, "")] : UnknownBelow(section, "");
    }

    private IEnumerable<string> UnknownBelow(IConfiguration section, string prefix)
    {
        foreach (var child in section.GetChildren())
        {
            var path = prefix + child.Key;
            if (_owned.Contains(path, StringComparer.OrdinalIgnoreCase))
            {
                continue;
            }

            var isKey = SettingTable.All.Any(key => key.Path.Equals(path, StringComparison.OrdinalIgnoreCase));
            var isGroup = SettingTable.All.Any(key => key.Path.StartsWith(path + ":", StringComparison.OrdinalIgnoreCase));
            if (isGroup ? child.Value is { Length: > 0 } : !isKey)
            {
                yield return SettingTable.Section + ":" + path;
            }

            // Below an unknown key everything is unknown: naming the key is enough.
            foreach (var unknown in isKey || isGroup ? UnknownBelow(child, path + ":") : [])
            {
                yield return unknown;
            }
        }
    }

    private SettingOrigin? Find(SettingKey key)
    {
        if (configuration is null)
        {
            return null;
        }

        // A variable set to nothing is how container files say "not set".
        if (key.EnvironmentName is { } name && configuration[name] is { } text && !string.IsNullOrWhiteSpace(text))
        {
            return new SettingOrigin(name, text);
        }

        if (configuration[key.FullPath] is { } value)
        {
            return new SettingOrigin(key.FullPath, value);
        }

        return key.EnvironmentFallback is { } fallback && FirstDirectory(configuration[fallback]) is { } directory
            ? new SettingOrigin(fallback, directory)
            : null;
    }

    private static string? FirstDirectory(string? list) =>
        list?.Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).FirstOrDefault();

    private string? ProviderOf(string path)
    {
        var provider = (configuration as IConfigurationRoot)?.Providers.LastOrDefault(provider => provider.TryGet(path, out _));
        if (provider is null)
        {
            return null;
        }

        // File providers say "JsonConfigurationProvider for 'appsettings.json' (Required)"; what others would say may hold an address.
        var type = provider.GetType().Name;
        var name = type.Replace("ConfigurationProvider", "", StringComparison.Ordinal);
        var words = provider.ToString() ?? "";
        return words.StartsWith(type + " for '", StringComparison.Ordinal) && words.Split('\'') is [_, var file, ..] ? Path.GetFileName(file) : name;
    }
}
