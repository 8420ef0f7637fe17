using SmartCache.Maintenance;
using SmartCache.Storage;
using SmartCache.Storage.Platform;
using SmartCache.Tests.Support;

namespace SmartCache.Tests.Maintenance;

public class RegretTests
{
    private static readonly TimeSpan Old = TimeSpan.FromHours(30);
    private static readonly byte[] Video = Bytes.Random(50_000);

    [Fact]
    public async Task Entry_that_was_evicted_and_made_again_is_regretted_with_its_first_cost_and_only_once()
    {
        using var meters = new TestMeters();
        await using var cache = new TestCache(with: services => services with { Meters = meters });
        var job = new TestJob(cache, new FakeDownloader(Video));
        await job.DownloadAsync();
        var cost = CostOf(cache);
        await EvictAsync(cache);

        await job.DownloadAsync();
        await job.DownloadAsync();
        await job.DownloadAsync(CacheUse.Refresh);

        var regret = (await cache.Manager.GetStatisticsAsync()).Sources.Regret;
        regret.Entries.Should().Be(1);
        regret.Bytes.Should().BeInRange(50_000, 70_000);
        regret.Time.TotalSeconds.Should().BeApproximately(cost, 1e-6).And.BeGreaterThan(0);
        meters.Sum("smartcache.regrets", "layer=sources,reason=MaxAge,policy=LRU").Should().Be(1);
        meters.Sum("smartcache.regret.time", "layer=sources,reason=MaxAge,policy=LRU").Should().BeApproximately(cost, 1e-6);
        meters.Sum("smartcache.regret.io", "layer=sources,reason=MaxAge,policy=LRU").Should().Be(regret.Bytes);
        meters.Units["smartcache.regret.time"].Should().Be("s");
        cache.Log.Of(515).Should().ContainSingle();
    }

    [Fact]
    public async Task Profile_that_was_evicted_is_regretted_too_and_what_went_another_way_is_not()
    {
        await using var cache = new TestCache();
        var job = new TestJob(cache, new FakeDownloader(Video));
        var video = await job.DownloadAsync();
        await job.EncodeAsync(video);
        await EvictAsync(cache);
        await job.DownloadAsync();
        await job.EncodeAsync(video);
        (await cache.Manager.GetStatisticsAsync()).Profiles.Regret.Entries.Should().Be(1);

        await cache.Manager.ClearAsync();
        await job.DownloadAsync();
        await job.EncodeAsync(video);

        var after = await cache.Manager.GetStatisticsAsync();
        (after.Sources.Regret.Entries, after.Profiles.Regret.Entries).Should().Be((1, 1), "removing by hand is nobody's mistake");
    }

    [Fact]
    public async Task First_request_and_a_hit_are_no_regret()
    {
        await using var cache = new TestCache();
        var job = new TestJob(cache, new FakeDownloader(Video));

        await job.DownloadAsync();
        await job.DownloadAsync();

        (await cache.Manager.GetStatisticsAsync()).Sources.Regret.Entries.Should().Be(0);
    }

    [Fact]
    public async Task What_another_process_evicted_is_regretted_by_the_one_that_makes_it_again()
    {
        await using var cache = new TestCache();
        var job = new TestJob(cache, new FakeDownloader(Video));
        await job.DownloadAsync();
        await AgeAsync(cache);
        using (var evictor = StorageWorker.Start("clean-up", cache.CacheRoot()))
        {
            (await evictor.ReadLineAsync()).Should().Be("1");
            (await evictor.FinishAsync()).Should().Be(0);
        }

        await job.DownloadAsync();

        (await cache.Manager.GetStatisticsAsync()).Sources.Regret.Entries.Should().Be(1);
    }

    [Fact]
    public async Task List_is_bounded_and_keeps_the_newest()
    {
        await using var cache = new TestCache();
        using var quota = Quota(cache);
        var tombstones = new Tombstones(quota);

        tombstones.Add([.. Enumerable.Range(0, Tombstones.MaxKept + 10).Select(Stone)], Entries.Pulse);

        tombstones.Take("sources", Entries.NameOf(9), Entries.Pulse).Should().BeNull();
        tombstones.Take("sources", Entries.NameOf(10), Entries.Pulse).Should().Be(Stone(10));
        tombstones.Take("sources", Entries.NameOf(10), Entries.Pulse).Should().BeNull();
        new Tombstones(quota).Take("sources", Entries.NameOf(11), Entries.Pulse).Should().Be(Stone(11), "it survives a restart");
    }

    [Theory]
    [InlineData("")]
    [InlineData("no JSON")]
    [InlineData("{\"Version\":1,\"Tombstones\":[null]}")]
    [InlineData("{\"Version\":1}")]
    [InlineData("{\"Version\":9,\"Tombstones\":[]}")]
    public async Task Damaged_list_costs_the_evidence_and_nothing_else(string content)
    {
        await using var cache = new TestCache();
        var job = new TestJob(cache, new FakeDownloader(Video));
        await job.DownloadAsync();
        await EvictAsync(cache);
        await File.WriteAllTextAsync(Path.Combine(cache.CacheRoot(), "quota", "tombstones"), content);

        await job.DownloadAsync();
        (await cache.Manager.GetStatisticsAsync()).Sources.Regret.Entries.Should().Be(0);
        await EvictAsync(cache);
        await job.DownloadAsync();

        (await cache.Manager.GetStatisticsAsync()).Sources.Regret.Entries.Should().Be(1, "the next eviction begins a new list");
    }

    private static Tombstone Stone(int number) =>
        new("sources", Entries.NameOf(number), 1000, 2.5, DateTimeOffset.UnixEpoch.AddSeconds(number), "MaxSize", "COST");

    private static LayerDirectory Quota(TestCache cache)
    {
        var quota = new LayerDirectory("quota", Path.Combine(cache.CacheRoot(), "quota"), () => cache.Manager.Settings.Current, FileSystem.Current);
        quota.EnsureOpen();
        return quota;
    }

    private static double CostOf(TestCache cache)
    {
        using var lease = cache.TryLease(cache.Names().Single(), out _);
        return lease!.Manifest.Content.CostSeconds;
    }

    private static async Task AgeAsync(TestCache cache)
    {
        await cache.Manager.CompleteJobAsync("job-1");
        foreach (var directory in cache.Entries("sources").Concat(cache.Entries("profiles")))
        {
            File.SetLastWriteTimeUtc(Path.Combine(directory, Manifest.FileName), DateTime.UtcNow - Old);
        }
    }

    private static async Task EvictAsync(TestCache cache)
    {
        await AgeAsync(cache);
        (await cache.Manager.CleanupAsync()).ExpiredEntries.Should().BePositive();
    }
}
