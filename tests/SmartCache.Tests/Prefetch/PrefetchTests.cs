using SmartCache.Abstractions;
using SmartCache.Tests.Support;

namespace SmartCache.Tests.Prefetch;

/// <summary>What is announced, what becomes of it, and how it is booked.</summary>
public class PrefetchTests
{
    private const int Length = 40_000;

    [Fact]
    public async Task First_request_finds_what_was_fetched_and_is_no_hit()
    {
        using var meters = new TestMeters();
        await using var cache = new AheadCache(with: services => services with { Meters = meters });

        (await cache.FetchAsync(1)).Should().Be(PrefetchOutcome.Stored);
        var first = await cache.DownloadAsync(1);
        var second = await cache.DownloadAsync(1);

        (first, second).Should().Be((CacheOutcome.Prefetched, CacheOutcome.Hit));
        (cache.Ahead.Order.Count, cache.Own.Order.Count).Should().Be((1, 0));
        var sources = (await cache.Manager.GetStatisticsAsync()).Sources;
        (sources.Hits, sources.Misses, sources.Prefetch.Hits).Should().Be((1, 0, 1));
        sources.SavedBytes.Should().Be(Length, "only the second request spared bytes");
        (sources.Prefetch.FetchedBytes, sources.Prefetch.UsedBytes, sources.Prefetch.WastedBytes, sources.Prefetch.WaitingBytes).Should().Be((Length, Length, 0, 0));
        meters.Sum("smartcache.prefetch.requests", "priority=NextJob,outcome=Stored").Should().Be(1);
        meters.Sum("smartcache.prefetch.io", "use=used").Should().Be(Length);
        meters.Sum("smartcache.prefetch.io", "use=waiting").Should().Be(0);
        cache.Cache.Log.Of(900).Should().ContainSingle().Which.Should().Contain("Stored");
    }

    [Fact]
    public async Task Seconds_are_saved_once_and_only_those_before_the_request()
    {
        var time = new DrivenTime();
        await using var cache = new AheadCache(time: time);
        cache.Ahead.Takes = (_, _) =>
        {
            time.Advance(TimeSpan.FromSeconds(8));
            return Task.CompletedTask;
        };

        await cache.FetchAsync(1);
        await cache.DownloadAsync(1);

        var sources = (await cache.Manager.GetStatisticsAsync()).Sources;
        sources.SavedTime.Should().Be(TimeSpan.FromSeconds(8));
        sources.Prefetch.HiddenTime.Should().Be(TimeSpan.FromSeconds(8));
    }

    [Fact]
    public async Task What_the_cache_has_is_not_fetched()
    {
        await using var cache = new AheadCache();
        await cache.DownloadAsync(1);

        (await cache.FetchAsync(1)).Should().Be(PrefetchOutcome.AlreadyThere);
        cache.Ahead.Order.Should().BeEmpty();
        (await cache.DownloadAsync(1)).Should().Be(CacheOutcome.Hit);
    }

    [Fact]
    public async Task What_goes_without_a_request_is_waste()
    {
        await using var cache = new AheadCache();
        await cache.FetchAsync(1);
        (await cache.BooksAsync()).WaitingBytes.Should().Be(Length);

        await cache.Manager.ClearAsync();

        var books = await cache.BooksAsync();
        (books.FetchedBytes, books.UsedBytes, books.WastedBytes, books.WaitingBytes, books.WaitingEntries).Should().Be((Length, 0, Length, 0, 0));
        (await cache.DownloadAsync(1)).Should().Be(CacheOutcome.Miss);
    }

    [Fact]
    public async Task Failed_download_is_tried_once_more_after_a_minute_and_tells_the_job_nothing()
    {
        var time = new DrivenTime();
        await using var cache = new AheadCache(time: time);
        cache.Ahead.Fails = static _ => new IOException("the origin is away");
        var ticket = await cache.AnnounceAsync(1);
        await FailedAsync(cache);
        cache.Ahead.Order.Should().ContainSingle();
        ticket.Completion.IsCompleted.Should().BeFalse();

        time.Advance(TimeSpan.FromMinutes(1));
        (await ticket.Completion.Guarded()).Should().Be(PrefetchOutcome.Failed);

        cache.Ahead.Order.Should().HaveCount(2);
        (await cache.DownloadAsync(1)).Should().Be(CacheOutcome.Miss);
        cache.Cache.Log.ToString().Should().Contain("NotCached");
        (await cache.DownloadAsync(1)).Should().Be(CacheOutcome.Hit, "nothing was learned against it");
    }

    [Fact]
    public async Task What_is_no_video_is_no_entry_and_no_refusal()
    {
        var time = new DrivenTime();
        await using var cache = new AheadCache(time: time, with: static services => services with { Probe = new FakeProbe { Before = static _ => throw new InvalidDataException("no video") } });
        var ticket = await cache.AnnounceAsync(1);
        await FailedAsync(cache);
        time.Advance(TimeSpan.FromMinutes(1));

        (await ticket.Completion.Guarded()).Should().Be(PrefetchOutcome.Failed);
        cache.Cache.Entries("sources").Should().BeEmpty();
        await cache.Job.DownloadAsync(cache.Request(1));
        cache.Cache.Log.ToString().Should().Contain("reason NotCached");
    }

    [Theory]
    [InlineData("mode")]
    [InlineData("layer")]
    [InlineData("bypass")]
    [InlineData("no store")]
    [InlineData("refresh")]
    [InlineData("downloader")]
    public async Task What_may_not_be_fetched_is_not(string why)
    {
        await using var cache = new AheadCache(
            settings => why == "mode" ? settings with { PrefetchMode = LayerMode.Off } : why == "layer" ? settings with { SourcesMode = LayerMode.Observe } : settings,
            with: services => why == "downloader" ? services with { Downloaders = null } : services);
        var use = why switch { "bypass" => CacheUse.Bypass, "no store" => CacheUse.NoStore, "refresh" => CacheUse.Refresh, _ => CacheUse.Use };

        await using var ticket = await cache.Manager.PrefetchAsync(new PrefetchRequest(cache.Request(1) with { Use = use }));

        (await ticket.Completion.Guarded()).Should().Be(PrefetchOutcome.NotAllowed);
        cache.Ahead.Order.Should().BeEmpty();
    }

    [Fact]
    public async Task Observing_counts_what_would_be_fetched()
    {
        await using var cache = new AheadCache(static settings => settings with { PrefetchMode = LayerMode.Observe });
        await cache.DownloadAsync(2);

        (await cache.FetchAsync(1)).Should().Be(PrefetchOutcome.NotAllowed);
        (await cache.FetchAsync(2)).Should().Be(PrefetchOutcome.AlreadyThere);

        cache.Ahead.Order.Should().BeEmpty();
        (await cache.BooksAsync()).Observed.Should().Be(1);
        cache.Cache.Log.Of(901).Should().ContainSingle();
    }

    [Fact]
    public async Task Download_that_is_no_longer_wanted_ends()
    {
        await using var cache = new AheadCache();
        cache.Ahead.Hold(AheadCache.Url(1));
        var (running, waiting) = (await cache.AnnounceAsync(1), await cache.AnnounceAsync(2));
        await cache.Ahead.BegunAsync(AheadCache.Url(1));

        await waiting.DisposeAsync();
        await running.DisposeAsync();
        await running.DisposeAsync();

        (await running.Completion.Guarded(), await waiting.Completion.Guarded()).Should().Be((PrefetchOutcome.Cancelled, PrefetchOutcome.Cancelled));
        cache.Ahead.Order.Should().ContainSingle();
        (await cache.DownloadAsync(1)).Should().Be(CacheOutcome.Miss);
    }

    [Fact]
    public async Task Job_that_ends_takes_its_announcements_along()
    {
        await using var cache = new AheadCache();
        cache.Ahead.Hold(AheadCache.Url(1));
        var ticket = await cache.AnnounceAsync(1);
        await cache.Ahead.BegunAsync(AheadCache.Url(1));

        await cache.Manager.AbandonJobAsync(AheadCache.JobOf(1));

        (await ticket.Completion.Guarded()).Should().Be(PrefetchOutcome.Cancelled);
    }

    [Fact]
    public async Task Signed_address_whose_time_is_over_is_not_asked()
    {
        var time = new DrivenTime();
        await using var cache = new AheadCache(time: time);
        var request = new PrefetchRequest(cache.Request(1)) { NotBefore = time.GetUtcNow().AddMinutes(10), UsefulUntil = time.GetUtcNow().AddMinutes(5) };

        await using var late = await cache.Manager.PrefetchAsync(request);
        await time.WaiterAsync(TimeSpan.FromMinutes(10));
        cache.Ahead.Order.Should().BeEmpty("it is not time yet");
        time.Advance(TimeSpan.FromMinutes(10));

        (await late.Completion.Guarded()).Should().Be(PrefetchOutcome.Expired);
        cache.Ahead.Order.Should().BeEmpty();
    }

    [Fact]
    public async Task Download_begins_when_it_is_time()
    {
        var time = new DrivenTime();
        await using var cache = new AheadCache(time: time);
        await using var ticket = await cache.Manager.PrefetchAsync(new PrefetchRequest(cache.Request(1)) { NotBefore = time.GetUtcNow().AddMinutes(10) });
        await time.WaiterAsync(TimeSpan.FromMinutes(10));
        cache.Ahead.Order.Should().BeEmpty();

        time.Advance(TimeSpan.FromMinutes(10));

        (await ticket.Completion.Guarded()).Should().Be(PrefetchOutcome.Stored);
    }

    [Fact]
    public async Task Source_is_as_old_as_its_own_fetch()
    {
        var time = new DrivenTime();
        await using var cache = new AheadCache(static settings => settings with { MaxSourceAge = TimeSpan.FromHours(1), MaxAge = TimeSpan.FromDays(2) }, time);
        await cache.FetchAsync(1);

        time.Advance(TimeSpan.FromMinutes(61));

        (await cache.DownloadAsync(1)).Should().Be(CacheOutcome.Miss);
    }

    [Fact]
    public async Task Jobs_come_in_their_order_then_retries_then_what_is_worth_most()
    {
        await using var cache = new AheadCache(static settings => settings with { PrefetchAhead = 8 });
        var gate = cache.Ahead.Hold(AheadCache.Url(0));
        List<PrefetchTicket> tickets = [await cache.AnnounceAsync(0)];
        await cache.Ahead.BegunAsync(AheadCache.Url(0));
        foreach (var (number, priority, weight) in new[]
        {
            (1, PrefetchPriority.Popular, 1), (2, PrefetchPriority.Popular, 5), (3, PrefetchPriority.Retry, 1), (4, PrefetchPriority.NextJob, 1), (5, PrefetchPriority.NextJob, 1),
        })
        {
            tickets.Add(await cache.Manager.PrefetchAsync(new PrefetchRequest(cache.Request(number)) { Priority = priority, Weight = weight }));
        }

        // What is for nobody in particular is weighed beside whoever announces it.
        await cache.Manager.Prefetcher.WeighedAsync().Guarded();
        gate.SetResult();
        await Task.WhenAll(tickets.Select(static ticket => ticket.Completion)).Guarded();

        cache.Ahead.Order.Should().Equal(AheadCache.Url(0), AheadCache.Url(4), AheadCache.Url(5), AheadCache.Url(3), AheadCache.Url(2), AheadCache.Url(1));
    }

    [Fact]
    public async Task No_more_waits_ahead_than_is_set_until_a_job_asks()
    {
        await using var cache = new AheadCache();
        var tickets = new[] { await cache.AnnounceAsync(1), await cache.AnnounceAsync(2), await cache.AnnounceAsync(3) };
        await Task.WhenAll(tickets[0].Completion, tickets[1].Completion).Guarded();
        tickets[2].Completion.IsCompleted.Should().BeFalse("two wait for their jobs");

        await cache.DownloadAsync(1);

        (await tickets[2].Completion.Guarded()).Should().Be(PrefetchOutcome.Stored);
    }

    [Fact]
    public async Task Ticket_that_is_given_back_lets_the_next_one_begin()
    {
        await using var cache = new AheadCache();
        var tickets = new[] { await cache.AnnounceAsync(1), await cache.AnnounceAsync(2), await cache.AnnounceAsync(3) };
        await Task.WhenAll(tickets[0].Completion, tickets[1].Completion).Guarded();

        await tickets[0].DisposeAsync();

        (await tickets[2].Completion.Guarded()).Should().Be(PrefetchOutcome.Stored);
    }

    [Fact]
    public async Task First_request_is_no_retry()
    {
        await using var cache = new AheadCache();
        await cache.FetchAsync(1);
        await cache.DownloadAsync(1);

        (await cache.Manager.GetStatisticsAsync()).Sources.Retries.Should().Be(new RetryStatistics());
        await cache.DownloadAsync(1);
        (await cache.Manager.GetStatisticsAsync()).Sources.Retries.Hits.Should().Be(1);
    }

    [Fact]
    public async Task Download_is_held_to_its_rate_by_its_reports()
    {
        var time = new DrivenTime();
        await using var cache = new AheadCache(static settings => settings with { PrefetchMaxRate = 1_000 }, time);
        var ticket = await cache.AnnounceAsync(1);

        // Half of it comes in the first report, from which the rate counts.
        var began = time.GetUtcNow();
        while (!ticket.Completion.IsCompleted)
        {
            time.Advance(TimeSpan.FromMilliseconds(100));
            await Task.Delay(1);
        }

        (await ticket.Completion).Should().Be(PrefetchOutcome.Stored);
        (time.GetUtcNow() - began).Should().BeGreaterThanOrEqualTo(TimeSpan.FromSeconds(20));
    }

    // Its next try is a minute after this.
    private static async Task FailedAsync(AheadCache cache)
    {
        while (!cache.Cache.Log.Of(902).Any())
        {
            await Task.Yield();
        }
    }
}
