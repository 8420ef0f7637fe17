using SmartCache.S3;

namespace SmartCache.Pool;

/// <summary>The store, and where caches and files go.</summary>
internal sealed class PoolPlace(string endpoint, string bucket, string directory)
{
    private int _serial;

    public string Bucket => bucket;

    public string Endpoint => endpoint;

    public string Fresh(string name)
    {
        var path = Path.Combine(directory, $"{name}-{Environment.ProcessId}-{Interlocked.Increment(ref _serial)}");
        Directory.CreateDirectory(path);
        return path;
    }

    public IObjectStore Store(string? other = null) => S3RemoteStore.Create(new S3RemoteOptions { Endpoint = other ?? endpoint, Bucket = bucket });

    public static CacheManager Cache(string root, IObjectStore? store, string mode = "ReadWrite", Action<CacheRemoteOptions>? configure = null)
    {
        var options = new CacheOptions { Directory = root, MinFreeSpace = "0", MinFreeInodes = "64", History = "Off" };
        options.Remote.Mode = store is null ? "Off" : mode;
        options.Remote.Prefix = "figures" + Environment.ProcessId;
        configure?.Invoke(options.Remote);
        return CacheManager.Create(options, new CacheDependencies { RemoteStore = store, Probe = new EightSeconds() });
    }

    public static void Print(string what, string figure) => Console.WriteLine($"{what,-72} {figure}");

    private sealed class EightSeconds : ISourceProbe
    {
        public ValueTask<IReadOnlyDictionary<string, string>> ProbeAsync(string path, CancellationToken cancellationToken = default) =>
            ValueTask.FromResult<IReadOnlyDictionary<string, string>>(new Dictionary<string, string> { [MediaFacts.Duration] = "8" });
    }
}
