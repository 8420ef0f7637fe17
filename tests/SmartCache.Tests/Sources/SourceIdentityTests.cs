using SmartCache.Tests.Support;

namespace SmartCache.Tests.Sources;

public class SourceIdentityTests
{
    private static readonly byte[] Video = Bytes.Random(50_000);

    [Fact]
    public async Task Content_id_hits_over_another_url()
    {
        await using var cache = new TestCache();
        var job = new TestJob(cache, new FakeDownloader(Video));
        var id = "sha256:" + Bytes.Sha256(Video);
        await job.DownloadAsync(job.Request(url: "http://gateway-1/x") with { ContentId = id });

        var second = await job.DownloadAsync(job.Request(url: "http://gateway-2/y") with { ContentId = id });

        second.Outcome.Should().Be(CacheOutcome.Hit);
    }

    [Fact]
    public async Task Content_that_is_not_what_its_sha256_id_names_is_returned_and_not_stored()
    {
        await using var cache = new TestCache();
        var job = new TestJob(cache, new FakeDownloader(Video));
        var wrong = job.Request() with { ContentId = "sha256:" + Bytes.Sha256([1]) };

        var video = await job.DownloadAsync(wrong);

        Bytes.Sha256OfFile(video.Path).Should().Be(Bytes.Sha256(Video));
        cache.Entries("sources").Should().BeEmpty();
        (await cache.Manager.TryGetMediaAsync(wrong)).Should().BeNull();
        cache.Log.Of(104).Should().ContainSingle();
    }

    [Fact]
    public async Task Url_is_fetched_again_after_MaxSourceAge_and_a_content_id_is_not()
    {
        var time = new DrivenTime();
        await using var cache = new TestCache(settings => settings with { MaxSourceAge = TimeSpan.FromHours(1) }, time: time);
        var job = new TestJob(cache, new FakeDownloader(Video));
        await job.DownloadAsync();
        await job.DownloadAsync(job.Request() with { ContentId = "ipfs:Qm1" });

        time.Jump(TimeSpan.FromMinutes(61));

        (await job.DownloadAsync()).Outcome.Should().Be(CacheOutcome.Miss);
        (await job.DownloadAsync()).Outcome.Should().Be(CacheOutcome.Hit);
        (await job.DownloadAsync(job.Request() with { ContentId = "ipfs:Qm1" })).Outcome.Should().Be(CacheOutcome.Hit);
    }

    [Theory]
    [InlineData(-10)]
    [InlineData(10)]
    public async Task Clock_that_jumps_by_years_costs_one_fetch_and_not_more(int years)
    {
        var time = new DrivenTime();
        await using var cache = new TestCache(time: time);
        var job = new TestJob(cache, new FakeDownloader(Video));
        await job.DownloadAsync();

        time.Jump(TimeSpan.FromDays(365 * years));
        var jumped = await job.DownloadAsync();
        var after = await job.DownloadAsync();
        time.Jump(TimeSpan.FromDays(-365 * years));
        var back = await job.DownloadAsync();
        var afterBack = await job.DownloadAsync();

        jumped.Outcome.Should().Be(CacheOutcome.Miss);
        after.Outcome.Should().Be(CacheOutcome.Hit);
        back.Outcome.Should().Be(CacheOutcome.Miss);
        afterBack.Outcome.Should().Be(CacheOutcome.Hit);
    }

    [Fact]
    public async Task Earlier_fetch_that_ends_later_does_not_replace_a_later_one()
    {
        await using var cache = new TestCache();
        var catalog = cache.Manager.SourceStore.Catalog;
        var key = SourceKey.From(new DownloadRequest(TestJob.Url, "/x"));
        var now = DateTimeOffset.UtcNow;
        await new TestJob(cache, new FakeDownloader(Video)).DownloadAsync();
        var (late, early) = (Bytes.Sha256([1]), Bytes.Sha256([2]));

        catalog.Note(key, late, 1, now.AddSeconds(60));
        catalog.Note(key, early, 1, now.AddSeconds(30));

        catalog.Find(key, out _)!.ContentHash.Should().Be(late);
    }
}
