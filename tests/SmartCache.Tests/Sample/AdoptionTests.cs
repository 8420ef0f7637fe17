using Adoption;
using Microsoft.Extensions.DependencyInjection;
using SmartCache.Stages;

namespace SmartCache.Tests.Sample;

/// <summary>The code that the README shows does what the README says.</summary>
public class AdoptionTests : WorkerHome
{
    private static readonly SourceMedia s_media = new(new string('a', 64), 1, new Dictionary<string, string>());
    private static readonly EncodingProfile s_mobile = new("144p") { Preset = "mobile" };

    [FfmpegFact]
    public async Task Recipe_of_the_adapter_is_the_same_as_long_as_nothing_changes()
    {
        var (first, second) = (await DescribeAsync(s_mobile), await DescribeAsync(s_mobile));

        first.Should().BeEquivalentTo(second);
        first.EncoderVersion.Should().Contain("ffmpeg version").And.Contain("build");
    }

    [FfmpegFact]
    public async Task Recipe_of_the_adapter_changes_with_the_preset()
    {
        var recipe = await DescribeAsync(s_mobile with { Preset = "sd" });

        recipe.Parameters.Should().NotEqual((await DescribeAsync(s_mobile)).Parameters);
    }

    [FfmpegFact]
    public async Task Recipe_of_the_adapter_changes_with_the_content_of_the_watermark()
    {
        var watermark = Path.Combine(Home, "logo.png");
        await File.WriteAllTextAsync(watermark, "one");
        var before = await DescribeAsync(s_mobile, watermark);
        await File.WriteAllTextAsync(watermark, "two");

        var after = await DescribeAsync(s_mobile, watermark);

        after.AuxiliaryInputs.Should().NotEqual(before.AuxiliaryInputs);
    }

    [FfmpegFact]
    public async Task Adapter_gives_the_playlist_of_the_transcoder_below_the_output_directory()
    {
        var video = await TinyVideo.MakeAsync(Home, seconds: 4);
        var output = Path.Combine(Home, "out");

        var encoded = await Encoder(null).EncodeAsync(new EncodeRequest(new DownloadedVideo(video, 1), s_mobile, output));

        (await File.ReadAllTextAsync(Path.Combine(output, encoded.Playlist))).Should().Contain("#EXT-X-ENDLIST");
    }

    [FfmpegFact]
    public async Task Cancelled_encode_of_the_adapter_does_not_return_normally()
    {
        var video = await TinyVideo.MakeAsync(Home, seconds: 4);
        using var cancelled = new CancellationTokenSource();

        var encode = Encoder(null).EncodeAsync(new EncodeRequest(new DownloadedVideo(video, 1), s_mobile, Path.Combine(Home, "out")), cancellationToken: cancelled.Token);
        await cancelled.CancelAsync();

        await encode.Invoking(task => task).Should().ThrowAsync<OperationCanceledException>();
    }

    [FfmpegFact]
    public async Task Retry_of_the_adopted_worker_downloads_and_encodes_nothing_again()
    {
        var video = await TinyVideo.MakeAsync(Home, seconds: 4);
        using var host = AdoptedWorker.Build([$"--Cache:Directory={Path.Combine(Home, "cache")}", "--Cache:MinFreeSpace=0"]);
        var cache = host.Services.GetRequiredService<CacheManager>();
        var job = new JobLoop(new CachingVideoDownloader(new Copying(video), cache), host.Services.GetRequiredService<IProfileEncoder>(), new Broken());

        for (var attempt = 0; attempt < 2; attempt++)
        {
            await job.Awaiting(it => it.RunAsync("job", "http://127.0.0.1/video.mp4", Path.Combine(Home, "work"))).Should().ThrowAsync<IOException>().WithMessage("the node went away");
            await cache.FlushAsync();
        }

        var figures = await cache.GetStatisticsAsync();
        (figures.Sources.Misses, figures.Sources.Hits).Should().Be((1, 1));
        (figures.Profiles.Misses, figures.Profiles.Hits).Should().Be((2, 2));
    }

    private static ValueTask<EncodeRecipe> DescribeAsync(EncodingProfile profile, string? watermark = null) =>
        Encoder(watermark).DescribeAsync(s_media, profile);

    private static LegacyTranscoderEncoder Encoder(string? watermark) =>
        new(new LegacyTranscoder(TinyVideo.Ffmpeg, watermark), new FfmpegVersion(TinyVideo.Ffmpeg), watermark);

    private sealed class Copying(string video) : IVideoDownloader
    {
        public Task<DownloadedVideo> DownloadAsync(DownloadRequest request, IProgress<StageProgress>? progress = null, CancellationToken cancellationToken = default)
        {
            File.Copy(video, request.DestinationPath);
            return Task.FromResult(new DownloadedVideo(request.DestinationPath, new FileInfo(video).Length));
        }
    }

    private sealed class Broken : IIpfsUploader
    {
        public Task<UploadResult> UploadAsync(UploadRequest request, IProgress<StageProgress>? progress = null, CancellationToken cancellationToken = default) =>
            throw new IOException("the node went away");
    }
}
