using SmartCache.Eviction;
using SmartCache.Tests.Space;
using SmartCache.Tests.Support;

namespace SmartCache.Tests.Jobs;

public class AbandonedJobTests
{
    private const int Video = 800_000;

    [Fact]
    public async Task Entry_of_an_abandoned_job_is_no_longer_protected()
    {
        await using var cache = new TestCache(settings => settings with { MaxSize = 1_000_000 });
        await QuotaTests.DownloadAsync(cache, 0, Video, job: "given up");

        await cache.Manager.AbandonJobAsync("given up");
        await QuotaTests.DownloadAsync(cache, 1, Video);

        (await QuotaTests.DownloadAsync(cache, 1, Video)).Outcome.Should().Be(CacheOutcome.Hit, "it took the place of what nobody needs any more: {0}", cache.Log);
        (await cache.Manager.Uploads.LoadAsync("given up"))!.Ended.Should().BeTrue();
    }

    [Fact]
    public async Task Abandoned_job_is_no_finished_use_of_its_entries_and_a_completed_one_is()
    {
        var policy = new RecordingPolicy();
        await using var cache = new TestCache(
            settings => settings with { EvictionPolicy = policy.Name }, with: services => services with { Policies = new EvictionPolicyCatalog([policy]) });
        await QuotaTests.DownloadAsync(cache, 0, job: "given up");
        await QuotaTests.DownloadAsync(cache, 1, job: "done");

        await cache.Manager.AbandonJobAsync("given up");
        await cache.Manager.CompleteJobAsync("done");

        policy.Events.Where(static one => one.Kind is CacheEventKind.JobAbandoned or CacheEventKind.JobCompleted or CacheEventKind.EntryReleased)
            .Select(static one => (one.Kind, one.JobFinished, one.UnfinishedJobs)).Should().Equal(
                (CacheEventKind.JobAbandoned, false, 0), (CacheEventKind.EntryReleased, false, 0),
                (CacheEventKind.JobCompleted, false, 0), (CacheEventKind.EntryReleased, true, 0));
    }

    private sealed class RecordingPolicy : IEvictionPolicy
    {
        public string Name => "RECORDING";

        public List<CacheEvent> Events { get; } = [];

        public void Observe(in CacheEvent cacheEvent) => Events.Add(cacheEvent);

        public void Rank(ReadOnlySpan<EvictionCandidate> candidates, DateTimeOffset now, Span<double> ranks) => ranks.Clear();
    }
}
