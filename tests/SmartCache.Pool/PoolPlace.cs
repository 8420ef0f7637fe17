using System.Collections.Concurrent;
using Amazon.Runtime;
using Amazon.S3;
using Microsoft.Extensions.Logging;
using SmartCache.S3;

namespace SmartCache.Pool;

/// <summary>The store, and where caches and files go.</summary>
internal sealed class PoolPlace(string endpoint, string bucket, string directory)
{
    private static int _seed = Environment.ProcessId * 1000;
    private readonly ConcurrentBag<string> _made = [];
    private int _serial;

    /// <summary>Begins the names of all objects of this run.</summary>
    public static string Prefix { get; set; } = "figures" + Environment.ProcessId;

    public string Bucket => bucket;

    public string Endpoint => endpoint;

    public string Fresh(string name)
    {
        var path = Path.Combine(directory, $"{name}-{Environment.ProcessId}-{Interlocked.Increment(ref _serial)}");
        Directory.CreateDirectory(path);
        _made.Add(path);
        return path;
    }

    /// <summary>Of a video that nobody has seen.</summary>
    public static int NewSeed() => Interlocked.Increment(ref _seed);

    /// <summary>Makes the bucket where it is not there.</summary>
    public async Task MakeBucketAsync()
    {
        using var client = new AmazonS3Client(new EnvironmentVariablesAWSCredentials(), new AmazonS3Config { ServiceURL = endpoint, ForcePathStyle = true, AuthenticationRegion = "us-east-1" });
        await client.PutBucketAsync(bucket);
    }

    /// <summary>Deletes what this run has put there, and every file of it.</summary>
    public async Task ClearAsync()
    {
        var store = Store();
        await foreach (var entry in store.ListAsync(Prefix + "/"))
        {
            await store.DeleteAsync(entry.Name, null);
        }

        foreach (var path in _made)
        {
            Clear(path);
        }
    }

    /// <summary>Deletes a directory of this run.</summary>
    public static void Clear(string path)
    {
        if (Directory.Exists(path))
        {
            Directory.Delete(path, recursive: true);
        }
    }

    public IObjectStore Store(string? other = null) => S3RemoteStore.Create(new S3RemoteOptions { Endpoint = other ?? endpoint, Bucket = bucket });

    public static CacheManager Cache(string root, IObjectStore? store, string mode = "ReadWrite", Action<CacheRemoteOptions>? configure = null, string lockTimeout = "5m", ILoggerFactory? log = null)
    {
        var options = new CacheOptions { Directory = root, MinFreeSpace = "0", MinFreeInodes = "64", History = "Off", LockTimeout = lockTimeout };
        options.Remote.Mode = store is null ? "Off" : mode;
        options.Remote.Prefix = Prefix;
        configure?.Invoke(options.Remote);
        return CacheManager.Create(options, new CacheDependencies { RemoteStore = store, Probe = new EightSeconds(), LoggerFactory = log });
    }

    public static void Print(string what, string figure) => Console.WriteLine($"{what,-72} {figure}");

    private sealed class EightSeconds : ISourceProbe
    {
        public ValueTask<IReadOnlyDictionary<string, string>> ProbeAsync(string path, CancellationToken cancellationToken = default) =>
            ValueTask.FromResult<IReadOnlyDictionary<string, string>>(new Dictionary<string, string> { [MediaFacts.Duration] = "8" });
    }
}
