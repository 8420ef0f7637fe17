namespace SmartCache.Tests.Support;

/// <summary>A job that wants three profiles of one source, with the cache in front of an encoder that can make them together.</summary>
internal sealed class LadderJob
{
    public static readonly EncodingProfile[] Profiles =
        [new("1080p") { VideoBitrate = "5000k" }, new("720p") { VideoBitrate = "2800k" }, new("480p") { VideoBitrate = "900k" }];

    private readonly TestCache _cache;
    private int _attempts;

    private LadderJob(TestCache cache, DownloadedVideo source)
    {
        (_cache, Source) = (cache, source);
        Encoder = new CachingProfileEncoder(Inner, cache.Manager);
    }

    public FakeLadderEncoder Inner { get; } = new();

    public CachingProfileEncoder Encoder { get; }

    public DownloadedVideo Source { get; }

    /// <summary>How many entries of the profile layer there are, once everything is saved.</summary>
    public int Stored => _cache.Entries("profiles").Length;

    public static async Task<LadderJob> StartAsync(TestCache cache) => new(cache, await TestJob.SourceAsync(cache));

    public EncodeRequest Request(EncodingProfile profile, string? directory = null) =>
        new(Source, profile, _cache.WorkPath(directory ?? $"{Interlocked.Increment(ref _attempts)}-{profile.Name}")) { JobId = "job-1" };

    public Task<IReadOnlyList<EncodedProfile>> EncodeAsync(
        IEnumerable<EncodingProfile>? profiles = null,
        Func<EncodeRequest, EncodedProfile, Task>? finished = null,
        IProgress<StageProgress>? progress = null,
        CancellationToken cancellationToken = default) =>
        EncodeAsync((profiles ?? Profiles).Select(profile => Request(profile)), finished, progress, cancellationToken);

    public async Task<IReadOnlyList<EncodedProfile>> EncodeAsync(
        IEnumerable<EncodeRequest> requests,
        Func<EncodeRequest, EncodedProfile, Task>? finished = null,
        IProgress<StageProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        try
        {
            return await Encoder.EncodeTogetherAsync([.. requests], finished, progress, cancellationToken);
        }
        finally
        {
            await _cache.Manager.FlushAsync(CancellationToken.None);
        }
    }

    /// <summary>Encodes one by itself.</summary>
    public async Task<EncodedProfile> EncodeOneAsync(EncodingProfile profile, IProgress<StageProgress>? progress = null)
    {
        var encoded = await Encoder.EncodeAsync(Request(profile), progress);
        await _cache.Manager.FlushAsync();
        return encoded;
    }

    /// <summary>The profiles in the order in which their keys are entered.</summary>
    public async Task<EncodingProfile[]> ByKeyAsync()
    {
        var media = new SourceMedia { ContentHash = Bytes.Sha256OfFile(Source.Path), Length = Source.Length };
        var keys = new Dictionary<EncodingProfile, string>();
        foreach (var profile in Profiles)
        {
            keys[profile] = ProfileKey.From(media, await Inner.DescribeAsync(media, profile)).Name;
        }

        return [.. Profiles.OrderBy(profile => keys[profile], StringComparer.Ordinal)];
    }
}
