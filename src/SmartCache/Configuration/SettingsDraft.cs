using SmartCache.Abstractions;

namespace SmartCache.Configuration;

/// <summary>Settings while they are being read, key by key in the order of the table.</summary>
internal sealed class SettingsDraft(string baseDirectory, IReadOnlyList<string> policies)
{
    /// <summary>Where relative directories begin.</summary>
    public string BaseDirectory { get; } = baseDirectory;

    /// <summary>The names of the registered eviction policies.</summary>
    public IReadOnlyList<string> Policies { get; } = policies;

    public CacheSettings Settings { get; set; } = CacheSettings.ForRoot(Path.Combine(baseDirectory, "cache"));

    public OnInvalidSettings OnInvalidSettings { get; set; }

    /// <summary>Puts the whole cache below <paramref name="root"/>; the locations of single layers come after it.</summary>
    public void MoveTo(string root)
    {
        var below = CacheSettings.ForRoot(root);
        Settings = Settings with
        {
            Root = below.Root,
            SourcesDirectory = below.SourcesDirectory,
            ProfilesDirectory = below.ProfilesDirectory,
            UploadsDirectory = below.UploadsDirectory,
        };
    }
}
