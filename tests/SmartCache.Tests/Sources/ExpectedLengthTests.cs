using SmartCache.Tests.Support;

namespace SmartCache.Tests.Sources;

/// <summary>A worker that knows the length of what it wants is not given anything else, whether it is stored or fetched.</summary>
public class ExpectedLengthTests
{
    [Fact]
    public async Task Stored_video_of_another_length_is_a_miss_and_what_is_downloaded_replaces_it()
    {
        await using var cache = new TestCache();
        var versions = new Queue<byte[]>([Bytes.Random(50_000), Bytes.Random(60_000, 2)]);
        var job = new TestJob(cache, new FakeDownloader(_ => versions.Dequeue()));
        var old = await job.DownloadAsync();
        var wanted = job.Request() with { ExpectedLength = 60_000 };

        var known = await cache.Manager.TryGetMediaAsync(wanted);
        await using var plan = await cache.Manager.PlanAsync(wanted, [TestJob.Profile], job.Encoder);
        var fresh = await job.DownloadAsync(wanted);
        var later = await job.DownloadAsync();

        known.Should().BeNull();
        plan.IsSourceCached.Should().BeFalse();
        (old.Outcome, fresh.Outcome, later.Outcome).Should().Be((CacheOutcome.Miss, CacheOutcome.Miss, CacheOutcome.Hit));
        (fresh.Length, later.Length).Should().Be((60_000, 60_000));
        cache.Log.Of(100).ElementAt(1).Should().Contain("it has 50000 bytes, and 60000 are expected");
    }

    [Fact]
    public async Task Stored_video_of_that_length_is_a_hit_and_planned_with()
    {
        await using var cache = new TestCache();
        var job = new TestJob(cache, new FakeDownloader(Bytes.Random(50_000)));
        await job.DownloadAsync();
        var wanted = job.Request() with { ExpectedLength = 50_000 };

        await using (var plan = await cache.Manager.PlanAsync(wanted, [TestJob.Profile], job.Encoder))
        {
            plan.IsSourceCached.Should().BeTrue();
        }

        (await job.DownloadAsync(wanted)).Outcome.Should().Be(CacheOutcome.Hit);
    }
}
