using SmartCache.Abstractions;

namespace SmartCache.Configuration;

/// <summary>The one place that turns options into settings, or into the list of everything that is wrong with them.</summary>
/// <param name="policies">The names of the registered eviction policies.</param>
/// <param name="baseDirectory">Where relative directories begin; taken once, so that a worker that changes its working directory keeps its cache.</param>
internal sealed class CacheSettingsParser(IEnumerable<string> policies, string baseDirectory)
{
    private readonly string[] _policies = [.. policies];

    /// <param name="options">The options.</param>
    /// <param name="nameOf">How the message calls the place where a value came from.</param>
    public ParsedSettings Parse(CacheOptions options, Func<SettingKey, string, string> nameOf)
    {
        var draft = new SettingsDraft(baseDirectory, _policies);
        var failures = new List<SettingFailure>();
        foreach (var key in SettingTable.All)
        {
            if (key.Read(options) is { } text && key.Parse(text, draft) is { } problem)
            {
                failures.Add(new SettingFailure(key, Describe(key, nameOf(key, text), text, problem)));
            }
        }

        AddOverlaps(draft.Settings, failures);
        return new ParsedSettings(draft.Settings, draft.OnInvalidSettings, failures);
    }

    /// <summary>As <see cref="Parse"/>, when a cache begins: invalid settings end it, or switch it off.</summary>
    /// <exception cref="InvalidSettingsException">They are invalid, and <c>OnInvalidSettings</c> is <c>Fail</c>.</exception>
    public ParsedSettings ParseAtStart(CacheOptions options, Func<SettingKey, string, string> nameOf)
    {
        var parsed = Parse(options, nameOf);
        return parsed.Failures.Count == 0 ? parsed
            : parsed.OnInvalidSettings == OnInvalidSettings.Fail ? throw new InvalidSettingsException([.. parsed.Messages])
            : parsed with { Settings = parsed.Settings with { Enabled = false, IsInvalid = true } };
    }

    private static string Describe(SettingKey key, string name, string text, string problem) =>
        $"{name}: {SettingText.Quote(text)} {problem}. Allowed: {key.Allowed.Replace("`", "", StringComparison.Ordinal)}. Example: {key.Example}.";

    // Each layer sweeps its directory: inside another layer's it would take that layer's entries for rubbish.
    private static void AddOverlaps(CacheSettings settings, List<SettingFailure> failures)
    {
        (SettingKey Key, string Directory)[] layers =
        [
            (Key("Locations:Sources"), settings.SourcesDirectory),
            (Key("Locations:Profiles"), settings.ProfilesDirectory),
            (Key("Locations:Uploads"), settings.UploadsDirectory),
        ];
        for (var i = 0; i < layers.Length; i++)
        {
            for (var j = i + 1; j < layers.Length; j++)
            {
                var (first, second) = (layers[i], layers[j]);
                if (Contains(first.Directory, second.Directory) || Contains(second.Directory, first.Directory))
                {
                    failures.Add(new SettingFailure(second.Key,
                        $"{first.Key.FullPath} and {second.Key.FullPath}: {SettingText.Quote(first.Directory)} and {SettingText.Quote(second.Directory)} lie inside one another. "
                        + $"Allowed: {second.Key.Allowed}. Example: {first.Key.Example} and {second.Key.Example}."));
                }
            }
        }
    }

    private static bool Contains(string outer, string inner) =>
        (Path.TrimEndingDirectorySeparator(inner) + Path.DirectorySeparatorChar).StartsWith(
            Path.TrimEndingDirectorySeparator(outer) + Path.DirectorySeparatorChar,
            OperatingSystem.IsWindows() ? StringComparison.OrdinalIgnoreCase : StringComparison.Ordinal);

    private static SettingKey Key(string path) => SettingTable.All.First(key => key.Path == path);
}
