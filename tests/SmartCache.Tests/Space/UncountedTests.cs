using SmartCache.Hosting;
using SmartCache.Tests.Support;

namespace SmartCache.Tests.Space;

/// <summary>While nobody knows what the cache takes, nobody is told that it takes nothing.</summary>
public class UncountedTests
{
    private const int Video = 700_000;
    private static readonly TimeSpan _pause = TimeSpan.FromSeconds(5);

    [Fact]
    public async Task Statistics_before_the_first_clean_up_show_what_lies_there()
    {
        await using var cache = new TestCache();
        cache.Put(Entries.Name, Bytes.Random(Video));

        (await cache.Manager.GetStatisticsAsync()).Space!.UsedBytes.Should().BeGreaterThan(Video);
    }

    [Theory]
    [InlineData("not json")]
    [InlineData("{\"version\":1,\"bytes\":-5,\"writes\":{}}")]
    public async Task Unreadable_quota_file_of_a_killed_process_does_not_make_statistics_show_0(string damaged)
    {
        await using var cache = new TestCache();
        cache.Put(Entries.Name, Bytes.Random(Video));
        await cache.Manager.CleanupAsync();
        using (var worker = StorageWorker.Start("reserve", cache.CacheRoot(), "1000"))
        {
            (await worker.ReadLineAsync()).Should().Be("reserved");
            await worker.KillAsync();
        }

        var quota = Path.Combine(cache.CacheRoot(), "quota");
        var left = Directory.GetFiles(quota, "*.json").Single(static path => Path.GetFileName(path) != "account.json");
        await File.WriteAllTextAsync(left, damaged);

        (await cache.Manager.GetStatisticsAsync()).Space!.UsedBytes.Should().BeInRange(Video, Video + 200_000);
        File.Exists(left).Should().BeFalse("it says nothing that could be waited for");
    }

    [Fact]
    public async Task Statistics_while_another_process_evicts_show_no_number_instead_of_0()
    {
        await using var cache = new TestCache();
        cache.Put(Entries.Name, Bytes.Random(Video));
        using var other = cache.TakeTurn();

        (await cache.Manager.GetStatisticsAsync()).Space.Should().BeNull();
    }

    [Fact]
    public async Task Running_worker_counts_at_each_look_that_finds_the_account_uncounted()
    {
        var clock = new DrivenTime();
        await using var cache = new TestCache(time: clock);
        cache.Put(Entries.Name, Bytes.Random(Video));
        using var service = new CacheMaintenanceService(cache.Manager, clock, cache.Log);
        await service.StartAsync(CancellationToken.None);
        await clock.WaiterAsync(_pause);
        var account = Path.Combine(cache.CacheRoot(), "quota", "account.json");

        // Twice, since a look that had only to count used to be followed by a minute's rest.
        for (var time = 0; time < 2; time++)
        {
            await File.WriteAllTextAsync(account, "not json");

            // A process that another test starts inherits the right to evict for a moment; whoever asks in that moment counts at the next look.
            for (var look = 0; look < 3 && await File.ReadAllTextAsync(account) == "not json"; look++)
            {
                clock.Advance(_pause);
                await clock.WaiterAsync(_pause);
            }

            (await File.ReadAllTextAsync(account)).Should().Contain("\"bytes\":");
        }

        await service.StopAsync(CancellationToken.None);
    }
}
