namespace SmartCache.Tests.Support;

/// <summary>One worker's download and encode stage with the cache in front, as a job would call them.</summary>
internal sealed class TestJob
{
    public const string Url = "http://example.test/video.mp4";
    public static readonly EncodingProfile Profile = new("720p") { VideoBitrate = "2800k" };

    private readonly TestCache _cache;
    private int _attempts;

    public TestJob(TestCache cache, IVideoDownloader downloader, FakeEncoder? encoder = null)
    {
        _cache = cache;
        InnerDownloader = downloader as FakeDownloader ?? new FakeDownloader([]);
        InnerEncoder = encoder ?? new FakeEncoder();
        Downloader = new CachingVideoDownloader(downloader, cache.Manager);
        Encoder = new CachingProfileEncoder(InnerEncoder, cache.Manager);
    }

    public FakeDownloader InnerDownloader { get; }

    public FakeEncoder InnerEncoder { get; }

    public CachingVideoDownloader Downloader { get; }

    public CachingProfileEncoder Encoder { get; }

    /// <summary>A source that no download stage made.</summary>
    public static async Task<DownloadedVideo> SourceAsync(TestCache cache, string name = "source.mp4", int seed = 1)
    {
        var path = cache.WorkPath(name);
        await File.WriteAllBytesAsync(path, Bytes.Random(20_000, seed));
        return new DownloadedVideo(path, 20_000);
    }

    /// <summary>Relative path to hash.</summary>
    public static Dictionary<string, string> Tree(string directory) =>
        Directory.EnumerateFiles(directory, "*", SearchOption.AllDirectories).ToDictionary(path => Path.GetRelativePath(directory, path), Bytes.Sha256OfFile);

    public DownloadRequest Request(CacheUse use = CacheUse.Use, string url = Url) =>
        new(url, _cache.WorkPath($"{Interlocked.Increment(ref _attempts)}.mp4")) { Use = use, JobId = "job-1" };

    /// <summary>Downloads, and waits until everything is saved.</summary>
    public Task<DownloadedVideo> DownloadAsync(CacheUse use = CacheUse.Use, string url = Url) => DownloadAsync(Request(use, url));

    public async Task<DownloadedVideo> DownloadAsync(DownloadRequest request)
    {
        var video = await Downloader.DownloadAsync(request);
        await _cache.Manager.FlushAsync();
        return video;
    }

    /// <summary>Encodes, and waits until everything is saved.</summary>
    public async Task<EncodedProfile> EncodeAsync(
        DownloadedVideo source, EncodingProfile? profile = null, CacheUse use = CacheUse.Use, CancellationToken cancellationToken = default)
    {
        var request = new EncodeRequest(source, profile ?? Profile, _cache.WorkPath($"out-{Interlocked.Increment(ref _attempts)}")) { Use = use, JobId = "job-1" };
        var encoded = await Encoder.EncodeAsync(request, null, cancellationToken);
        await _cache.Manager.FlushAsync(CancellationToken.None);
        return encoded;
    }
}
