using SmartCache.Tests.Support;

namespace SmartCache.Tests.Prefetch;

/// <summary>What a download ahead leaves half done lies there for whoever goes on from it, and for nobody else: it counts for <c>MaxSize</c>.</summary>
public class PrefetchPartialTests
{
    private const int Length = 40_000;
    private static readonly string _url = AheadCache.Url(1);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Partial_of_what_nobody_wants_any_more_goes(bool hasPaused)
    {
        await using var cache = new AheadCache();
        var ticket = await BegunAsync(cache);
        if (hasPaused)
        {
            await PauseAsync(cache);
        }

        await ticket.DisposeAsync();

        (await ticket.Completion.Guarded()).Should().Be(PrefetchOutcome.Cancelled);
        await cache.Manager.FlushAsync();
        Partials(cache).Should().BeEmpty();
    }

    [Fact]
    public async Task So_it_does_where_no_job_is_to_come_and_the_download_fails()
    {
        var time = new DrivenTime();
        await using var cache = new AheadCache(time: time);
        cache.Ahead.KeepsPartials = true;
        cache.Ahead.Takes = static (_, _) => throw new IOException("reset");
        var ticket = await cache.AnnounceAsync(1, PrefetchPriority.Popular);

        await FailedTwiceAsync(cache, time, ticket);

        await cache.Manager.FlushAsync();
        Partials(cache).Should().BeEmpty();
    }

    [Fact]
    public async Task Job_that_is_to_come_goes_on_from_where_its_download_ahead_failed()
    {
        var time = new DrivenTime();
        await using var cache = new AheadCache(time: time);
        cache.Ahead.KeepsPartials = cache.Own.KeepsPartials = true;
        cache.Ahead.Takes = static (_, _) => throw new IOException("reset");
        var ticket = await cache.AnnounceAsync(1);

        await FailedTwiceAsync(cache, time, ticket);
        await cache.Manager.FlushAsync();

        (await cache.DownloadAsync(1)).Should().Be(CacheOutcome.Miss);
        cache.Own.ReadOf(_url).Should().Be(Length / 2);
    }

    [Fact]
    public async Task Job_that_is_in_it_keeps_it()
    {
        await using var cache = new AheadCache();
        var ticket = await BegunAsync(cache);
        await PauseAsync(cache);
        cache.Own.KeepsPartials = true;
        var gate = cache.Own.Hold(_url);
        var job = cache.DownloadAsync(1);
        await cache.Own.BegunAsync(_url);

        await ticket.DisposeAsync();

        await ticket.Completion.Guarded();
        Partials(cache).Should().ContainSingle();
        gate.SetResult();
        (await job.Guarded()).Should().Be(CacheOutcome.Miss);
        cache.Own.ReadOf(_url).Should().Be(Length / 2);
    }

    [Fact]
    public async Task Cache_that_stops_keeps_it_for_the_next_start()
    {
        await using var cache = new AheadCache();
        var ticket = await BegunAsync(cache);

        cache.Manager.Prefetcher.Stop();

        (await ticket.Completion.Guarded()).Should().Be(PrefetchOutcome.Cancelled);
        await cache.Manager.FlushAsync();
        Partials(cache).Should().ContainSingle();
    }

    private static async Task<PrefetchTicket> BegunAsync(AheadCache cache)
    {
        cache.Ahead.KeepsPartials = true;
        cache.Ahead.Hold(_url);
        var ticket = await cache.AnnounceAsync(1);
        await cache.Ahead.BegunAsync(_url);
        Partials(cache).Should().ContainSingle();
        return ticket;
    }

    // For a job that downloads something else and does not come to an end.
    private static async Task PauseAsync(AheadCache cache)
    {
        cache.Cache.Layer().Stages.DownloadBegins();
        while (cache.Manager.Prefetcher.Running.Count > 0)
        {
            await Task.Yield();
        }

        Partials(cache).Should().ContainSingle("it will go on from it");
    }

    private static async Task FailedTwiceAsync(AheadCache cache, DrivenTime time, PrefetchTicket ticket)
    {
        while (!cache.Cache.Log.Of(902).Any() || cache.Manager.Prefetcher.Running.Count > 0)
        {
            await Task.Yield();
        }

        // It is put back after the attempt has ended.
        await time.WaiterAsync(TimeSpan.FromMinutes(1));
        time.Advance(TimeSpan.FromMinutes(1));
        (await ticket.Completion.Guarded()).Should().Be(PrefetchOutcome.Failed);
    }

    private static IEnumerable<string> Partials(AheadCache cache) => Directory.EnumerateFiles(Path.Combine(cache.Cache.Settings.Root, "sources", "partials"));
}
