using SmartCache.Configuration;
using SmartCache.Storage.Platform;

namespace SmartCache.Tests.Support;

/// <summary>A cache on a directory of its own, with what it logged, and a work directory beside it.</summary>
internal sealed class TestCache : IAsyncDisposable
{
    private readonly bool _ownsRoot;
    private readonly SettableSettings _settings;

    public TestCache(Func<CacheSettings, CacheSettings>? configure = null, ISourceProbe? probe = null, TimeProvider? time = null, string? root = null, Func<string, IEvictionPolicy>? policy = null, FileSystem? fileSystem = null)
    {
        _ownsRoot = root is null;
        Root = root ?? Directory.CreateTempSubdirectory("smartcache-test-").FullName;
        Work = Path.Combine(Root, "work");
        Directory.CreateDirectory(Work);
        var settings = CacheSettings.ForRoot(Path.Combine(Root, "cache"));
        _settings = new SettableSettings(configure?.Invoke(settings) ?? settings);
        var services = new CacheServices(_settings, Log, time ?? TimeProvider.System) { Probe = probe, FileSystem = fileSystem ?? FileSystem.Current };
        Manager = new CacheManager(policy is null ? services : services with { FindPolicy = policy });
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
