using SmartCache.FFMpegCore;
using SmartCache.Tests.Support;

namespace SmartCache.Tests.Stages.Ffmpeg;

/// <summary>A worker's job on a real video, with the cache in front of its stages, that is tried again and again.</summary>
internal sealed class FfmpegJob(TestCache cache, Func<DownloadRequest, string> video, IProfileEncoder encoder) : IProfileEncoder
{
    private static readonly EncodingProfile s_profile = new("120p") { Preset = "ultrafast" };

    private int _attempts;

    public FakeDownloader Downloader { get; } = new(request => File.ReadAllBytes(video(request)));

    public int Encodes { get; private set; }

    public static FfmpegProfileEncoder Stage(FfmpegOptions? options = null) => new(options, new FfprobeSourceProbe());

    /// <summary>Downloads and encodes in a directory of the attempt's own.</summary>
    public async Task<EncodedProfile> TryAsync(EncodingProfile? profile = null)
    {
        var attempt = ++_attempts;
        var source = await new CachingVideoDownloader(Downloader, cache.Manager)
            .DownloadAsync(new DownloadRequest("http://example.test/video", cache.WorkPath($"{attempt}.video")) { JobId = "job" });
        await cache.Manager.FlushAsync();
        var encoded = await new CachingProfileEncoder(this, cache.Manager)
            .EncodeAsync(new EncodeRequest(source, profile ?? s_profile, cache.WorkPath($"out-{attempt}")) { JobId = "job" });
        await cache.Manager.FlushAsync();
        return encoded;
    }

    /// <summary>Five attempts, as of a job whose upload fails each time.</summary>
    public async Task<IReadOnlyList<EncodedProfile>> TryFiveTimesAsync()
    {
        var results = new List<EncodedProfile>();
        for (var i = 0; i < 5; i++)
            results.Add(await TryAsync());
        return results;
    }

    ValueTask<EncodeRecipe> IProfileEncoder.DescribeAsync(SourceMedia source, EncodingProfile profile, CancellationToken cancellationToken) =>
        encoder.DescribeAsync(source, profile, cancellationToken);

    Task<EncodedProfile> IProfileEncoder.EncodeAsync(EncodeRequest request, IProgress<StageProgress>? progress, CancellationToken cancellationToken)
    {
        Encodes++;
        return encoder.EncodeAsync(request, progress, cancellationToken);
    }
}
