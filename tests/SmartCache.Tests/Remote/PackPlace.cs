using SmartCache.Diagnostics;
using SmartCache.Layers;
using SmartCache.Remote;
using SmartCache.Storage.Platform;
using SmartCache.Tests.Support;

namespace SmartCache.Tests.Remote;

/// <summary>Fetches packs out of a store into a directory.</summary>
internal sealed class PackPlace : IAsyncDisposable
{
    private readonly TestCache _cache = new(static settings => settings with { Remote = settings.Remote with { Mode = RemoteMode.ReadWrite } });
    private readonly LayerOf _layer;
    private readonly RemoteLink _link;
    private readonly TimeProvider _time;

    public PackPlace(MemoryObjectStore store, DrivenTime? time = null)
    {
        // Where nobody drives the clock, nothing is to time out.
        _time = time ?? TimeProvider.System;
        Store = store;
        Directory = _cache.WorkPath("destination");
        System.IO.Directory.CreateDirectory(Directory);
        _layer = new LayerOf(Path.Combine(_cache.Root, "cache"), "remote");
        _layer.Current = _layer.Current with { Remote = time is null ? Patient.Remote(_cache.Settings.Remote) : _cache.Settings.Remote };
        var boundary = new CacheBoundary(_layer.Directory, _layer, new FaultLog(_cache.Log, new CacheMeter(), _time), _time);
        var layer = new LayerAccess(_layer.Directory, boundary, _layer, _time, _cache.Log);
        _link = new RemoteLink(() => store, layer, new CacheMeter());
    }

    public MemoryObjectStore Store { get; }

    public string Directory { get; }

    public string Outside => _cache.Work;

    /// <summary>Fetches a pack; what is proven wrong is an exception.</summary>
    public Task<FetchedPack> FetchAsync(byte[] pack)
    {
        Store[_link.NameOf("sources/one")] = pack;
        return FetchAsync();
    }

    public Task<FetchedPack> FetchAsync()
    {
        var request = new PackRequest("sources/one", "fetch", content => [.. content.Files.Select(file => Path.Combine(Directory, file.Path))]);
        return new PackTransfer(_link, FileSystem.Current, new Pace(static () => 0, _time), request, null).RunAsync(CancellationToken.None);
    }

    public string[] Written() => System.IO.Directory.GetFileSystemEntries(Directory, "*", SearchOption.AllDirectories);

    public async ValueTask DisposeAsync()
    {
        _link.Dispose();
        _layer.Dispose();
        await _cache.DisposeAsync();
    }
}
