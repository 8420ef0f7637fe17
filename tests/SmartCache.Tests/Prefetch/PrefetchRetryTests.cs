using SmartCache.Tests.Support;

namespace SmartCache.Tests.Prefetch;

/// <summary>The source of a retry that is known to come is there again in time.</summary>
public class PrefetchRetryTests
{
    private static readonly TimeSpan _cost = TimeSpan.FromSeconds(20);

    [Fact]
    public async Task Evicted_source_is_fetched_again_so_that_it_is_there_a_minute_before_the_retry()
    {
        var time = new DrivenTime();
        await using var cache = await DownloadedAsync(time);
        var at = time.GetUtcNow().AddHours(1);

        await cache.Manager.ExpectRetryAsync(AheadCache.JobOf(1), at);
        await cache.Manager.ClearAsync();
        await time.WaiterAsync(TimeSpan.FromHours(1) - _cost - TimeSpan.FromSeconds(60));
        time.Advance(TimeSpan.FromHours(1) - _cost - TimeSpan.FromSeconds(61));
        cache.Ahead.Order.Should().BeEmpty("it is too early");
        time.Advance(TimeSpan.FromSeconds(1));

        await cache.Ahead.BegunAsync(AheadCache.Url(1));
        await HeldAsync(cache);
        (await cache.DownloadAsync(1)).Should().Be(CacheOutcome.Prefetched);
        (await cache.Manager.GetStatisticsAsync()).Sources.Retries.Prefetched.Should().Be(1);
    }

    [Fact]
    public async Task Source_that_is_there_is_not_fetched_again()
    {
        var time = new DrivenTime();
        await using var cache = await DownloadedAsync(time);

        await cache.Manager.ExpectRetryAsync(AheadCache.JobOf(1), time.GetUtcNow());
        while (!cache.Cache.Log.Of(900).Any())
        {
            await Task.Yield();
        }

        cache.Cache.Log.Of(900).Should().ContainSingle().Which.Should().Contain("AlreadyThere");
        cache.Ahead.Order.Should().BeEmpty();
    }

    [Fact]
    public async Task Source_of_which_nothing_is_missing_is_not_fetched_again()
    {
        var time = new DrivenTime();
        await using var cache = await DownloadedAsync(time);

        // An upload began, so all profiles were made, and none is known to be gone.
        await cache.Manager.Jobs.AttemptStartedAsync(AheadCache.JobOf(1), new Dictionary<string, ProfileUploadState>(), CancellationToken.None);
        await cache.Manager.ClearAsync();
        await cache.Manager.ExpectRetryAsync(AheadCache.JobOf(1), time.GetUtcNow());
        while (!cache.Cache.Log.Of(900).Any())
        {
            await Task.Yield();
        }

        cache.Cache.Log.Of(900).Should().ContainSingle().Which.Should().Contain("Cancelled");
        cache.Ahead.Order.Should().BeEmpty();
    }

    private static async Task<AheadCache> DownloadedAsync(DrivenTime time)
    {
        var cache = new AheadCache(time: time);
        cache.Own.Takes = (_, _) =>
        {
            time.Advance(_cost);
            return Task.CompletedTask;
        };
        (await cache.DownloadAsync(1)).Should().Be(CacheOutcome.Miss);
        return cache;
    }

    private static async Task HeldAsync(AheadCache cache)
    {
        while (!cache.Cache.Log.Of(900).Any())
        {
            await Task.Yield();
        }
    }
}
