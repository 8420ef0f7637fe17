using Microsoft.Extensions.Logging.Abstractions;
using SmartCache.Configuration;
using SmartCache.Diagnostics;
using SmartCache.Layers;
using SmartCache.Remote;
using SmartCache.Storage;
using SmartCache.Storage.Platform;

namespace SmartCache.Pool;

/// <summary>The tier's door to a store, by itself. It waits for as long as a busy machine may need.</summary>
internal sealed class TierLink : ICacheSettingsSource, IDisposable
{
    private readonly LayerDirectory _directory;

    public TierLink(IObjectStore store, string root)
    {
        Current = CacheSettings.ForRoot(root) with { Remote = new RemoteSettings { Mode = RemoteMode.ReadWrite, LookupTimeout = TimeSpan.FromMinutes(1), StallTimeout = TimeSpan.FromMinutes(1) } };
        _directory = new LayerDirectory("remote", Path.Combine(root, "remote"), () => Current, FileSystem.Current);
        var boundary = new CacheBoundary(_directory, this, new FaultLog(NullLogger.Instance, new CacheMeter(), TimeProvider.System), TimeProvider.System);
        Value = new RemoteLink(() => store, new LayerAccess(_directory, boundary, this, TimeProvider.System, NullLogger.Instance), new CacheMeter());
    }

    public RemoteLink Value { get; }

    public CacheSettings Current { get; }

    public void Dispose()
    {
        Value.Dispose();
        _directory.Dispose();
    }
}
