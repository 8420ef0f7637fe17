using SmartCache.Tests.Support;

namespace SmartCache.Tests.Sources;

public class CachingVideoDownloaderTests
{
    private const string Url = "http://example.test/video.mp4?token=secret";

    [Fact]
    public async Task Second_request_for_a_video_is_a_hit_with_the_same_bytes()
    {
        await using var cache = new TestCache();
        var bytes = Bytes.Random(100_000);
        var inner = new FakeDownloader(bytes);
        var downloader = new CachingVideoDownloader(inner, cache.Manager);

        var first = await downloader.DownloadAsync(new DownloadRequest(Url, cache.WorkPath("a.mp4")));
        File.Delete(first.Path);
        await cache.Manager.FlushAsync();
        var second = await downloader.DownloadAsync(new DownloadRequest(Url, cache.WorkPath("b.mp4")));

        inner.Calls.Should().Be(1);
        first.Outcome.Should().Be(CacheOutcome.Miss);
        second.Outcome.Should().Be(CacheOutcome.Hit);
        second.Media!.ContentHash.Should().Be(Bytes.Sha256(bytes));
        (await File.ReadAllBytesAsync(second.Path)).Should().Equal(bytes);
        cache.Log.Of(400).Should().BeEmpty();
    }

    [Fact]
    public async Task Hit_replaces_what_lies_at_the_destination_without_writing_through_it()
    {
        await using var cache = new TestCache();
        var bytes = Bytes.Random(5_000);
        var downloader = new CachingVideoDownloader(new FakeDownloader(bytes), cache.Manager);
        await downloader.DownloadAsync(new DownloadRequest(Url, cache.WorkPath("a.mp4")));
        await cache.Manager.FlushAsync();
        await File.WriteAllTextAsync(cache.WorkPath("other"), "untouched");
        File.CreateSymbolicLink(cache.WorkPath("b.mp4"), cache.WorkPath("other"));

        await downloader.DownloadAsync(new DownloadRequest(Url, cache.WorkPath("b.mp4")));

        (await File.ReadAllTextAsync(cache.WorkPath("other"))).Should().Be("untouched");
        (await File.ReadAllBytesAsync(cache.WorkPath("b.mp4"))).Should().Equal(bytes);
    }

    [Fact]
    public async Task Exception_of_the_inner_downloader_comes_out_and_nothing_is_stored()
    {
        await using var cache = new TestCache();
        var inner = new FakeDownloader(_ => throw new InvalidOperationException("origin down"));
        var downloader = new CachingVideoDownloader(inner, cache.Manager);
        var request = new DownloadRequest(Url, cache.WorkPath("a.mp4"));

        await downloader.Invoking(it => it.DownloadAsync(request)).Should().ThrowAsync<InvalidOperationException>().WithMessage("origin down");

        (await cache.Manager.TryGetMediaAsync(request)).Should().BeNull();
    }
}
