using System.Text;
using SmartCache.Tests.Support;

namespace SmartCache.Tests.Sources;

public class SourceAcceptanceTests
{
    [Theory]
    [InlineData("<!DOCTYPE html><html><head><title>504 Gateway Time-out</title></head>")]
    [InlineData("\ufeff \r\n<html>")]
    [InlineData("{\"error\":\"not found\"}")]
    [InlineData("[{\"error\":1}]")]
    [InlineData("#EXTM3U\n#EXTINF:4,\n/videos/of/somebody/else.ts\n#EXT-X-ENDLIST\n")]
    [InlineData("ffconcat version 1.0\nfile else.mp4\n")]
    [InlineData("<?xml version=\"1.0\"?><Error><Code>AccessDenied</Code></Error>")]
    public async Task Error_page_is_returned_as_without_a_cache_and_not_stored(string page)
    {
        await using var cache = new TestCache();
        var bytes = Encoding.UTF8.GetBytes(page.PadRight(5_000));
        var job = new TestJob(cache, new FakeDownloader(bytes));

        var video = await job.DownloadAsync();
        await job.DownloadAsync();

        (await File.ReadAllBytesAsync(video.Path)).Should().Equal(bytes);
        job.InnerDownloader.Calls.Should().Be(2);
        cache.Entries("sources").Should().BeEmpty();
        cache.Log.Of(101).Should().HaveCount(2);
    }

    [Fact]
    public async Task QuickTime_file_whose_first_box_has_a_size_that_reads_like_a_page_is_stored()
    {
        await using var cache = new TestCache();
        var bytes = Bytes.Random(50_000);
        "<\u0001\u0002\u0003mdat"u8.CopyTo(bytes);
        var job = new TestJob(cache, new FakeDownloader(bytes));

        await job.DownloadAsync();

        cache.Entries("sources").Should().ContainSingle();
    }

    [Theory]
    [InlineData(0, null)]
    [InlineData(1_023, null)]
    [InlineData(5_000, 5_001L)]
    [InlineData(5_000, 4_999L)]
    public async Task Length_that_cannot_be_right_is_returned_as_without_a_cache_and_not_stored(int length, long? expected)
    {
        await using var cache = new TestCache();
        var job = new TestJob(cache, new FakeDownloader(new byte[length]));

        var video = await job.DownloadAsync(job.Request() with { ExpectedLength = expected });
        await job.DownloadAsync(job.Request() with { ExpectedLength = expected });

        new FileInfo(video.Path).Length.Should().Be(length);
        job.InnerDownloader.Calls.Should().Be(2);
        cache.Entries("sources").Should().BeEmpty();
    }

    [Fact]
    public async Task Shortest_acceptable_file_of_the_expected_length_is_stored()
    {
        await using var cache = new TestCache();
        var job = new TestJob(cache, new FakeDownloader(new byte[1_024]));

        await job.DownloadAsync(job.Request() with { ExpectedLength = 1_024 });

        cache.Entries("sources").Should().ContainSingle();
    }

    [Fact]
    public async Task Download_that_was_cancelled_and_returned_normally_is_not_stored()
    {
        await using var cache = new TestCache();
        using var cancellation = new CancellationTokenSource();
        var inner = new FakeDownloader(_ =>
        {
            cancellation.Cancel();
            return Bytes.Random(5_000);
        });
        var downloader = new CachingVideoDownloader(new DeafDownloader(inner), cache.Manager);

        var video = await downloader.DownloadAsync(new DownloadRequest(TestJob.Url, cache.WorkPath("a.mp4")), null, cancellation.Token);
        await cache.Manager.FlushAsync();

        video.Outcome.Should().Be(CacheOutcome.Miss);
        cache.Entries("sources").Should().BeEmpty();
    }

    [Fact]
    public async Task Video_that_the_probe_throws_on_is_returned_and_not_stored()
    {
        var probe = new FakeProbe { Before = static _ => throw new InvalidDataException("moov atom not found") };
        await using var cache = new TestCache(probe: probe);
        var job = new TestJob(cache, new FakeDownloader(Bytes.Random(5_000)));

        var video = await job.DownloadAsync();
        var encoded = await job.EncodeAsync(video);

        cache.Entries("sources").Should().BeEmpty();
        encoded.Outcome.Should().Be(CacheOutcome.Bypass);
        cache.Log.Of(102).Should().NotBeEmpty();
    }

    [Fact]
    public async Task Probe_that_blocks_its_thread_is_given_up_and_the_encode_goes_on()
    {
        var time = new DrivenTime();
        using var entered = new SemaphoreSlim(0);
        using var release = new ManualResetEventSlim();
        var probe = new FakeProbe
        {
            Before = _ =>
            {
                entered.Release();
                release.Wait(CancellationToken.None);
            },
        };
        await using var cache = new TestCache(probe: probe, time: time);
        try
        {
            var job = new TestJob(cache, new FakeDownloader(Bytes.Random(5_000)));
            var video = await job.Downloader.DownloadAsync(job.Request());
            await entered.WaitAsync().Guarded();
            var encode = job.Encoder.EncodeAsync(new EncodeRequest(video, TestJob.Profile, cache.WorkPath("out")));

            time.Advance(TimeSpan.FromSeconds(31));

            (await encode.Guarded()).Outcome.Should().Be(CacheOutcome.Bypass);
            cache.Entries("sources").Should().BeEmpty();
        }
        finally
        {
            release.Set();
        }
    }

    /// <summary>Does not listen to its token.</summary>
    private sealed class DeafDownloader(IVideoDownloader inner) : IVideoDownloader
    {
        public Task<DownloadedVideo> DownloadAsync(DownloadRequest request, IProgress<StageProgress>? progress = null, CancellationToken cancellationToken = default) =>
            inner.DownloadAsync(request, progress, CancellationToken.None);
    }
}
