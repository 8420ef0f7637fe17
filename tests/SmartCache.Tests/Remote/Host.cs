using SmartCache.Configuration;
using SmartCache.Storage.Platform;
using SmartCache.Tests.Support;

namespace SmartCache.Tests.Remote;

/// <summary>One host of a pool: a cache of its own, and a worker's stages that count.</summary>
internal sealed class Host : IAsyncDisposable
{
    public static readonly byte[] Video = Bytes.Random(50_000);

    public Host(
        IObjectStore? store,
        Func<RemoteSettings, RemoteSettings>? remote = null,
        Func<CacheSettings, CacheSettings>? configure = null,
        TimeProvider? time = null,
        string? root = null,
        IWorkLeases? leases = null,
        FakeEncoder? encoder = null,
        byte[]? video = null,
        FileSystem? disk = null)
    {
        Cache = new TestCache(
            settings => (configure?.Invoke(settings) ?? settings) with { Remote = (remote ?? (static one => one))(settings.Remote with { Mode = RemoteMode.ReadWrite }) },
            Probe,
            time,
            root,
            disk,
            with: services => services with { Store = store is null ? null : () => store, Leases = leases is null ? null : () => leases });
        Job = new TestJob(Cache, new FakeDownloader(video ?? Video), encoder);
    }

    public TestCache Cache { get; }

    public TestJob Job { get; }

    public FakeProbe Probe { get; } = new();

    public int Downloads => Job.InnerDownloader.Calls;

    public int Encodes => Job.InnerEncoder.Calls;

    /// <summary>Download and encode, and all that follows in the background.</summary>
    public async Task<(DownloadedVideo Video, EncodedProfile Profile)> WorkAsync()
    {
        var video = await Job.DownloadAsync();
        var profile = await Job.EncodeAsync(video);
        await Cache.Manager.FlushAsync();
        return (video, profile);
    }

    /// <summary>What lies in the outbox.</summary>
    public string[] Outbox() => Directory.Exists(Path.Combine(Cache.Settings.Root, "remote", "outbox"))
        ? [.. Directory.GetFiles(Path.Combine(Cache.Settings.Root, "remote", "outbox")).Select(Path.GetFileName)!]
        : [];

    public ValueTask DisposeAsync() => Cache.DisposeAsync();
}
