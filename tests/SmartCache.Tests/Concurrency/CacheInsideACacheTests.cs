using SmartCache.Tests.Support;

namespace SmartCache.Tests.Concurrency;

/// <summary>A cache behind a cache: decorated downloaders behind a decorated router, or a decorator made by hand behind the container's.</summary>
public class CacheInsideACacheTests
{
    private static readonly byte[] Video = Bytes.Random(50_000);

    [Fact]
    public async Task Downloader_behind_two_caches_downloads_once_and_the_inner_one_waits_for_nobody()
    {
        await using var cache = new TestCache();
        await using var other = new TestCache(root: cache.Root);
        var inner = new FakeDownloader(Video);
        var downloader = new CachingVideoDownloader(new CachingVideoDownloader(new CachingVideoDownloader(inner, cache.Manager), other.Manager), cache.Manager);

        var first = await downloader.DownloadAsync(Request(cache, "1.mp4")).Guarded();
        await cache.Manager.FlushAsync();
        var second = await downloader.DownloadAsync(Request(cache, "2.mp4")).Guarded();

        (first.Outcome, second.Outcome, inner.Calls).Should().Be((CacheOutcome.Miss, CacheOutcome.Hit, 1));
        cache.Entries("sources").Should().ContainSingle();
        cache.Log.Of(100).Should().HaveCount(2, "one for each job");
        other.Log.Of(100).Should().BeEmpty();
    }

    [Fact]
    public async Task Encoder_behind_two_caches_encodes_once_and_the_inner_one_waits_for_nobody()
    {
        await using var cache = new TestCache();
        var source = await TestJob.SourceAsync(cache);
        var inner = new FakeEncoder();
        var encoder = new CachingProfileEncoder(new CachingProfileEncoder(inner, cache.Manager), cache.Manager);

        var first = await encoder.EncodeAsync(new EncodeRequest(source, TestJob.Profile, cache.WorkPath("1"))).Guarded();
        await cache.Manager.FlushAsync();
        var second = await encoder.EncodeAsync(new EncodeRequest(source, TestJob.Profile, cache.WorkPath("2"))).Guarded();

        (first.Outcome, second.Outcome, inner.Calls).Should().Be((CacheOutcome.Miss, CacheOutcome.Hit, 1));
        cache.Entries("profiles").Should().ContainSingle();
    }

    [Fact]
    public async Task Downloader_that_itself_asks_the_cache_for_the_same_key_waits_for_nobody()
    {
        await using var cache = new TestCache();
        var inner = new FakeDownloader(Video)
        {
            Before = async token =>
            {
                await using var own = await cache.Manager.Sources.GetOrAddAsync(
                    SourceKey.From(Request(cache, "unused")), static (path, stopping) => File.WriteAllBytesAsync(path, Video, stopping), null, token);
                Bytes.Sha256OfFile(own.Path).Should().Be(Bytes.Sha256(Video));
            },
        };

        var video = await new CachingVideoDownloader(inner, cache.Manager).DownloadAsync(Request(cache, "1.mp4")).Guarded();
        await cache.Manager.FlushAsync();

        video.Outcome.Should().Be(CacheOutcome.Miss);
        cache.Entries("sources").Should().ContainSingle();
    }

    [Fact]
    public async Task What_a_stage_left_running_uses_the_cache_again_when_the_stage_is_over()
    {
        await using var cache = new TestCache();
        var mayGoOn = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Task<DownloadedVideo>? later = null;
        var inner = new FakeDownloader(Video);
        var downloader = new CachingVideoDownloader(inner, cache.Manager);
        inner.Before = _ =>
        {
            later ??= LaterAsync();
            return Task.CompletedTask;
        };

        await downloader.DownloadAsync(Request(cache, "1.mp4")).Guarded();
        await cache.Manager.FlushAsync();
        mayGoOn.SetResult();

        ((await later!.Guarded()).Outcome, inner.Calls).Should().Be((CacheOutcome.Hit, 1));

        async Task<DownloadedVideo> LaterAsync()
        {
            await mayGoOn.Task;
            return await downloader.DownloadAsync(Request(cache, "later.mp4"));
        }
    }

    private static DownloadRequest Request(TestCache cache, string name) => new(TestJob.Url, cache.WorkPath(name));
}
