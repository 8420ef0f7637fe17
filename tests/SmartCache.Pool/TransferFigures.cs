using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using Amazon.Runtime;
using Amazon.S3;
using Amazon.S3.Model;
using SmartCache.Configuration;
using SmartCache.Diagnostics;
using SmartCache.Layers;
using SmartCache.Remote;
using SmartCache.Storage;
using SmartCache.Storage.Platform;

namespace SmartCache.Pool;

/// <summary>Packs against the same bytes by a bare client and by the SDK, in turn.</summary>
internal static class TransferFigures
{
    private const int Buffer = 256 << 10;

    public static async Task RunAsync(PoolPlace place, int rounds)
    {
        using var client = new AmazonS3Client(new EnvironmentVariablesAWSCredentials(), new AmazonS3Config
        {
            ServiceURL = place.Endpoint, ForcePathStyle = true, AuthenticationRegion = "us-east-1", MaxErrorRetry = 0, UseHttp = place.Endpoint.StartsWith("http:", StringComparison.Ordinal),
            RequestChecksumCalculation = RequestChecksumCalculation.WHEN_REQUIRED, ResponseChecksumValidation = ResponseChecksumValidation.WHEN_REQUIRED,
        });
        using var http = new HttpClient();
        await MeasureAsync(place, client, http, "1 x 256 MiB", 1, 256 << 20, rounds);
        await MeasureAsync(place, client, http, "200 x 300 KB", 200, 300_000, rounds);
    }

    private static async Task MeasureAsync(PoolPlace place, AmazonS3Client client, HttpClient http, string what, int files, int size, int rounds)
    {
        var directory = place.Fresh("entry");
        var content = await MakeAsync(directory, files, size);
        var body = new PackBody(PackFormat.WriteHead(content), [.. content.Files.Select(file => Packed(directory, file))], FileSystem.Current);
        var store = place.Store();
        using var link = new Link(store, place.Fresh("link"));
        var name = link.Value.NameOf("sources/figures");
        await store.PutAsync(name, body, PutCondition.None);
        string Address(HttpVerb verb, string key) => client.GetPreSignedURL(new GetPreSignedUrlRequest
        {
            BucketName = place.Bucket, Key = key, Verb = verb, Expires = DateTime.UtcNow.AddHours(1), Protocol = place.Endpoint.StartsWith("http:", StringComparison.Ordinal) ? Protocol.HTTP : Protocol.HTTPS,
        });

        var pack = new List<(double Wall, double Cpu)>();
        var bare = new List<(double Wall, double Cpu)>();
        var sdk = new List<(double Wall, double Cpu)>();
        var put = new List<(double Wall, double Cpu)>();
        var barePut = new List<(double Wall, double Cpu)>();
        for (var round = 0; round < rounds; round++)
        {
            pack.Add(await TimeAsync(place, async to =>
            {
                var request = new PackRequest("sources/figures", "fetch", header => [.. header.Files.Select(file => Path.Combine(to, file.Path))]);
                var fetched = await new PackTransfer(link.Value, FileSystem.Current, new Pace(static () => 0, TimeProvider.System), request, null).RunAsync(CancellationToken.None);
                Debug.Assert(fetched.Content is not null, "It is there.");
            }));
            bare.Add(await TimeAsync(place, async to =>
            {
                using var response = await http.GetAsync(Address(HttpVerb.GET, name), HttpCompletionOption.ResponseHeadersRead);
                response.EnsureSuccessStatusCode();
                await SaveAsync(await response.Content.ReadAsStreamAsync(), Path.Combine(to, "x"));
            }));
            sdk.Add(await TimeAsync(place, async to =>
            {
                using var response = await client.GetObjectAsync(place.Bucket, name);
                await SaveAsync(response.ResponseStream, Path.Combine(to, "x"));
            }));
            put.Add(await TimeAsync(place, async _ => await store.PutAsync(name, body, PutCondition.None)));
            barePut.Add(await TimeAsync(place, async _ =>
            {
                using var sent = new StreamContent(body.Open(0, body.Length), Buffer);
                sent.Headers.ContentLength = body.Length;
                using var response = await http.PutAsync(Address(HttpVerb.PUT, name + "-bare"), sent);
                response.EnsureSuccessStatusCode();
            }));
        }

        if (files == 1)
        {
            await MeasureMemoryAsync(place, link.Value, what);
        }

        var gigabytes = body.Length / 1e9;
        PoolPlace.Print($"{what}: pack, bare GET, SDK GET, MB/s (median)", Speeds(body.Length, pack, bare, sdk));
        PoolPlace.Print($"{what}: speed of pack to bare, to SDK (median of pairs)", $"{Ratio(bare, pack)}, {Ratio(sdk, pack)}");
        PoolPlace.Print($"{what}: processor time of pack, bare, SDK, s/GB", string.Join(", ", new[] { pack, bare, sdk }.Select(one => (JobFigures.Median([.. one.Select(static t => t.Cpu)]) / gigabytes).ToString("F2", CultureInfo.InvariantCulture))));
        PoolPlace.Print($"{what}: put of pack, bare PUT, MB/s; speed of pack to bare", $"{Speeds(body.Length, put, barePut)}; {Ratio(barePut, put)}");
    }

    private static async Task MeasureMemoryAsync(PoolPlace place, RemoteLink link, string what)
    {
        GC.Collect();
        using var self = Process.GetCurrentProcess();
        var before = self.WorkingSet64;
        var most = before;
        var to = place.Fresh("in");
        var all = Task.WhenAll(Enumerable.Range(0, 8).Select(async number =>
        {
            var request = new PackRequest("sources/figures", "fetch", header => [.. header.Files.Select(file => Path.Combine(to, $"{number}-{file.Path}"))]);
            return (await new PackTransfer(link, FileSystem.Current, new Pace(static () => 0, TimeProvider.System), request, null).RunAsync(CancellationToken.None)).Result;
        }));
        while (await Task.WhenAny(all, Task.Delay(20)) != all)
        {
            self.Refresh();
            most = Math.Max(most, self.WorkingSet64);
        }

        PoolPlace.Print($"8 x {what} at once: results, memory on top, MB", $"{string.Join('/', (await all).Distinct())}, {((most - before) / 1e6).ToString("F0", CultureInfo.InvariantCulture)}");
        Directory.Delete(to, recursive: true);
    }

    private static PackedFile Packed(string directory, ManifestFile file)
    {
        var path = Path.Combine(directory, file.Path);
        var handle = FileSystem.Current.OpenRead(path);
        return new PackedFile(file, path, FileSystem.Current.Stat(handle), handle);
    }

    private static async Task<ManifestContent> MakeAsync(string directory, int files, int size)
    {
        var made = new List<ManifestFile>();
        for (var i = 0; i < files; i++)
        {
            var bytes = RandomNumberGenerator.GetBytes(size);
            await File.WriteAllBytesAsync(Path.Combine(directory, $"{i:D4}.ts"), bytes);
            made.Add(new ManifestFile($"{i:D4}.ts", size, Convert.ToHexStringLower(SHA256.HashData(bytes))));
        }

        return new ManifestContent { Created = DateTimeOffset.UtcNow, Files = made, Key = new Dictionary<string, string>(), Properties = new Dictionary<string, string>(), CostSeconds = 3600 };
    }

    private static async Task SaveAsync(Stream from, string path)
    {
        using var sha = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        await using var file = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.None, 0);
        var buffer = new byte[Buffer];
        while (await from.ReadAsync(buffer) is > 0 and var read)
        {
            sha.AppendData(buffer, 0, read);
            file.Write(buffer, 0, read);
        }

        _ = sha.GetHashAndReset();
    }

    private static async Task<(double Wall, double Cpu)> TimeAsync(PoolPlace place, Func<string, Task> work)
    {
        var to = place.Fresh("in");
        var cpu = Process.GetCurrentProcess().TotalProcessorTime;
        var began = Stopwatch.GetTimestamp();
        await work(to);
        var time = (Stopwatch.GetElapsedTime(began).TotalSeconds, (Process.GetCurrentProcess().TotalProcessorTime - cpu).TotalSeconds);
        Directory.Delete(to, recursive: true);
        return time;
    }

    private static string Speeds(long bytes, params List<(double Wall, double Cpu)>[] ways) =>
        string.Join(", ", ways.Select(one => (bytes / 1e6 / JobFigures.Median([.. one.Select(static time => time.Wall)])).ToString("F0", CultureInfo.InvariantCulture)));

    private static string Ratio(List<(double Wall, double Cpu)> other, List<(double Wall, double Cpu)> own) =>
        JobFigures.Median([.. other.Zip(own).Select(static pair => pair.First.Wall / pair.Second.Wall)]).ToString("F2", CultureInfo.InvariantCulture);

    /// <summary>The tier's door to the store, by itself.</summary>
    private sealed class Link : ICacheSettingsSource, IDisposable
    {
        private readonly LayerDirectory _directory;

        public Link(IObjectStore store, string root)
        {
            Current = CacheSettings.ForRoot(root) with { Remote = new RemoteSettings { Mode = RemoteMode.ReadWrite, LookupTimeout = TimeSpan.FromMinutes(1), StallTimeout = TimeSpan.FromMinutes(1) } };
            _directory = new LayerDirectory("remote", Path.Combine(root, "remote"), () => Current, FileSystem.Current);
            var logger = Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance;
            var boundary = new CacheBoundary(_directory, this, new FaultLog(logger, new CacheMeter(), TimeProvider.System), TimeProvider.System);
            Value = new RemoteLink(() => store, new LayerAccess(_directory, boundary, this, TimeProvider.System, logger), new CacheMeter());
        }

        public RemoteLink Value { get; }

        public CacheSettings Current { get; }

        public void Dispose()
        {
            Value.Dispose();
            _directory.Dispose();
        }
    }
}
