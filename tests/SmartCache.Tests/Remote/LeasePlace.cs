using SmartCache.Diagnostics;
using SmartCache.Layers;
using SmartCache.Remote;
using SmartCache.Tests.Support;

namespace SmartCache.Tests.Remote;

/// <summary>Work leases in a store, as one host has them.</summary>
internal sealed class LeasePlace : IAsyncDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("smartcache-test-").FullName;
    private readonly LayerOf _layer;
    private readonly RemoteLink _link;

    public LeasePlace(MemoryObjectStore store, TimeProvider time)
    {
        var log = new ListLogger();
        _layer = new LayerOf(_root, "remote");
        _layer.Current = _layer.Current with { Remote = _layer.Current.Remote with { Mode = RemoteMode.ReadWrite } };
        var boundary = new CacheBoundary(_layer.Directory, _layer, new FaultLog(log, new CacheMeter(), time), time);
        _link = new RemoteLink(() => store, new LayerAccess(_layer.Directory, boundary, _layer, time, log), new CacheMeter());
        Leases = new ObjectWorkLeases(_link);
    }

    public IWorkLeases Leases { get; }

    public ValueTask DisposeAsync()
    {
        _link.Dispose();
        _layer.Dispose();
        Directory.Delete(_root, recursive: true);
        return ValueTask.CompletedTask;
    }
}
