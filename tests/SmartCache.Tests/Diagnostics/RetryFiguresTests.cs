using SmartCache.Abstractions;
using SmartCache.Configuration;
using SmartCache.Tests.Support;

namespace SmartCache.Tests.Diagnostics;

public class RetryFiguresTests
{
    private static readonly byte[] Video = Bytes.Random(50_000);

    [Fact]
    public async Task Second_request_of_a_job_counts_as_a_retry_and_that_of_another_job_does_not()
    {
        using var meters = new TestMeters();
        await using var cache = new TestCache(with: services => services with { Meters = meters });
        var job = new TestJob(cache, new FakeDownloader(Video));
        var video = await job.DownloadAsync();
        await job.EncodeAsync(video);
        var first = await cache.Manager.GetStatisticsAsync();
        (first.Sources.Retries.Misses, first.Profiles.Retries.Misses).Should().Be((0, 0), "the stages of one attempt are no retries of each other");

        await job.DownloadAsync(job.Request() with { JobId = "job-2" });
        (await cache.Manager.GetStatisticsAsync()).Sources.Retries.Hits.Should().Be(0);
        await job.DownloadAsync(job.Request() with { JobId = null });
        await job.DownloadAsync();
        await job.EncodeAsync(video);

        var after = await cache.Manager.GetStatisticsAsync();
        (after.Sources.Hits, after.Sources.Retries.Hits, after.Sources.Retries.SavedBytes).Should().Be((3, 1, 50_000));
        (after.Profiles.Hits, after.Profiles.Retries.Hits).Should().Be((1, 1));
        after.Profiles.Retries.SavedTime.Should().Be(after.Profiles.SavedTime);
        after.RetrySavedBytes.Should().Be(after.Sources.Retries.SavedBytes + after.Profiles.Retries.SavedBytes);
        meters.Sum("smartcache.retry.requests", "layer=sources,outcome=Hit").Should().Be(1);
        meters.Sum("smartcache.retry.saved.io", "layer=sources").Should().Be(50_000);
        meters.Units["smartcache.retry.saved.time"].Should().Be("s");
    }

    [Fact]
    public async Task Retry_after_a_restart_is_one()
    {
        await using var cache = new TestCache();
        await new TestJob(cache, new FakeDownloader(Video)).DownloadAsync();
        await using var later = new TestCache(root: cache.Root);

        await new TestJob(later, new FakeDownloader(Video)).DownloadAsync();

        (await later.Manager.GetStatisticsAsync()).Sources.Retries.Hits.Should().Be(1);
    }

    [Theory]
    [InlineData("comes out short")]
    [InlineData("no duration")]
    [InlineData("is not cacheable")]
    [InlineData("fails")]
    [InlineData("Observe")]
    [InlineData("no place")]
    [Trait("Found", "M35")]
    public async Task Retry_that_encodes_again_is_one_whatever_became_of_the_result(string result)
    {
        using var meters = new TestMeters();
        await using var cache = new TestCache(
            settings => result switch
            {
                "Observe" => settings with { ProfilesMode = LayerMode.Observe },
                "no place" => settings with { ProfilesDirectory = "/proc/none" },
                _ => settings,
            },
            with: services => services with { Meters = meters });
        var encoder = new FakeEncoder();
        var job = new TestJob(cache, new FakeDownloader(Video), encoder);
        encoder.ExpectedDuration = result == "no duration" ? null : encoder.Duration;
        encoder.Version = result == "is not cacheable" ? null : encoder.Version;
        encoder.Before = (_, _) => result == "fails" ? throw new InvalidOperationException("no licence") : Task.CompletedTask;
        if (result == "comes out short")
        {
            encoder.ExpectedDuration = encoder.Duration * 2;
        }

        for (var attempt = 0; attempt < 4; attempt++)
        {
            var video = await job.DownloadAsync();
            Task encode = job.EncodeAsync(video);
            await (result == "fails" ? encode.Awaiting(static it => it).Should().ThrowAsync<InvalidOperationException>() : encode);
        }

        encoder.Calls.Should().Be(4);
        var retries = (await cache.Manager.GetStatisticsAsync()).Profiles.Retries;
        var bypasses = result == "is not cacheable";
        (retries.Misses, retries.Bypasses).Should().Be(bypasses ? (0, 3) : (3, 0), cache.Log.ToString());
        meters.Sum("smartcache.retry.requests", "layer=profiles,outcome=" + (bypasses ? "Bypass" : "Miss")).Should().Be(3);
    }

    [Fact]
    public async Task Retry_whose_first_attempt_found_no_space_is_a_miss_of_a_retry()
    {
        await using var cache = new TestCache(settings => settings with { MinFreeSpace = new FreeSpaceFloor(1L << 60, null) });
        var job = new TestJob(cache, new FakeDownloader(Video));
        await job.DownloadAsync();

        await job.DownloadAsync();

        var sources = (await cache.Manager.GetStatisticsAsync()).Sources;
        (sources.Misses, sources.Hits, sources.Retries.Misses).Should().Be((2, 0, 1), "a cache that keeps nothing must not look as if there were no retries");
    }
}
