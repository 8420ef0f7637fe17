using SmartCache.Configuration;
using SmartCache.Storage.Platform;

namespace SmartCache.Tests.Support;

/// <summary>A cache on a directory of its own, with what it logged, and a work directory beside it.</summary>
internal sealed class TestCache : IAsyncDisposable
{
    private readonly bool _ownsRoot;
    private readonly SettableSettings _settings;

    public TestCache(
        Func<CacheSettings, CacheSettings>? configure = null,
        ISourceProbe? probe = null,
        TimeProvider? time = null,
        string? root = null,
        FileSystem? fileSystem = null,
        Func<CacheServices, CacheServices>? with = null)
    {
        _ownsRoot = root is null;
        Root = root ?? Directory.CreateTempSubdirectory("smartcache-test-").FullName;
        Work = Path.Combine(Root, "work");
        Directory.CreateDirectory(Work);

        // Most tests are not about the history, and look at all that lies in the cache.
        var settings = CacheSettings.ForRoot(Path.Combine(Root, "cache")) with { History = 0 };
        _settings = new SettableSettings(configure?.Invoke(settings) ?? settings);
        var services = new CacheServices(_settings, Log, time ?? TimeProvider.System) { Probe = probe, FileSystem = fileSystem ?? FileSystem.Current };
        Manager = new CacheManager(with?.Invoke(services) ?? services);
    }

    public string Root { get; }

    public string Work { get; }

    public CacheManager Manager { get; }

    public ListLogger Log { get; } = new();

    public CacheSettings Settings
    {
        get => _settings.Current;
        set => _settings.Current = value;
    }

    public string WorkPath(string name) => Path.Combine(Work, name);

    /// <summary>Entries of a layer on the disk.</summary>
    public string[] Entries(string layer) =>
        Directory.Exists(Path.Combine(Settings.Root, layer))
            ? [.. Directory.GetDirectories(Path.Combine(Settings.Root, layer)).Where(path => File.Exists(Path.Combine(path, "manifest.json")))]
            : [];

    /// <summary>Every file of the cache that says something about a video: entries, keys and facts, but not what the cache needs to work.</summary>
    public string[] Records() =>
        Directory.Exists(Settings.Root)
            ? [.. Directory.GetFiles(Settings.Root, "*", SearchOption.AllDirectories).Select(path => Path.GetRelativePath(Settings.Root, path)).Where(path => !path.Contains("/locks/") && Path.GetFileName(path) != "CACHEDIR.TAG")]
            : [];

    public async ValueTask DisposeAsync()
    {
        await Manager.DisposeAsync();
        if (_ownsRoot)
        {
            Directory.Delete(Root, recursive: true);
        }
    }

    private sealed class SettableSettings(CacheSettings settings) : ICacheSettingsSource
    {
        public CacheSettings Current { get; set; } = settings;
    }
}
