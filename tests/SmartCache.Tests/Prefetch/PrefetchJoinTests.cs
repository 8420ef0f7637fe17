using SmartCache.Configuration;
using SmartCache.Tests.Support;

namespace SmartCache.Tests.Prefetch;

/// <summary>A job that comes while its source is fetched ahead joins the download, which is its own from then on.</summary>
public class PrefetchJoinTests
{
    private static readonly string _url = AheadCache.Url(1);

    [Fact]
    public async Task Job_joins_and_its_download_is_ended_by_nothing_but_itself()
    {
        await using var cache = new AheadCache(static settings => settings with { PrefetchMaxRate = 1 });
        var gate = cache.Ahead.Hold(_url);
        var ticket = await cache.AnnounceAsync(1);
        await cache.Ahead.BegunAsync(_url);
        var waiting = new ProgressSignal("waiting");
        var job = cache.Job.DownloadAsync(cache.Request(1), waiting);
        await waiting.Seen;
        await JoinedAsync(cache);

        // All that would end or slow it, were it still nobody's.
        await ticket.DisposeAsync();
        cache.Manager.Prefetcher.Stop();
        cache.Cache.Layer().Stages.DownloadBegins();
        gate.SetResult();

        var video = await job.Guarded();
        (await ticket.Completion.Guarded(), video.Outcome).Should().Be((PrefetchOutcome.Joined, CacheOutcome.Joined));
        (cache.Ahead.Order.Count, cache.Ahead.Cancelled, cache.Own.Order.Count).Should().Be((1, 0, 0));
        var sources = (await cache.Manager.GetStatisticsAsync()).Sources;
        (sources.SavedBytes, sources.Prefetch.UsedBytes, sources.Joined).Should().Be((0, 40_000, 1));
    }

    [Fact]
    public async Task Joined_job_is_spared_only_what_lay_before_it()
    {
        var time = new DrivenTime();
        await using var cache = new AheadCache(time: time);
        var gate = cache.Ahead.Hold(_url);
        await using var ticket = await cache.AnnounceAsync(1);
        await cache.Ahead.BegunAsync(_url);
        time.Advance(TimeSpan.FromSeconds(6));
        var waiting = new ProgressSignal("waiting");
        var job = Task.Run(() => cache.Job.DownloadAsync(cache.Request(1), waiting));
        await waiting.Seen;
        time.Advance(TimeSpan.FromSeconds(4));
        gate.SetResult();
        await ticket.Completion.Guarded();
        time.Pass(TimeSpan.FromSeconds(1));

        (await job.Guarded()).Outcome.Should().Be(CacheOutcome.Joined);
        (await cache.BooksAsync()).HiddenTime.Should().BeCloseTo(TimeSpan.FromSeconds(6), TimeSpan.FromSeconds(0.2));
    }

    [Fact]
    public async Task Job_of_another_process_joins_by_the_lock_that_it_holds()
    {
        await using var cache = new AheadCache();
        await using var other = new AheadCache(root: cache.Cache.Root);
        var gate = cache.Ahead.Hold(_url);
        var ticket = await cache.AnnounceAsync(1);
        await cache.Ahead.BegunAsync(_url);
        var waiting = new ProgressSignal("waiting");
        var job = other.Job.DownloadAsync(other.Request(1), waiting);
        await waiting.Seen;
        await JoinedAsync(cache);
        await ticket.DisposeAsync();
        gate.SetResult();

        (await job.Guarded()).Outcome.Should().Be(CacheOutcome.Joined);
        (await ticket.Completion.Guarded()).Should().Be(PrefetchOutcome.Joined);
        other.Own.Order.Should().BeEmpty();
        Directory.GetFiles(Path.Combine(cache.Cache.Settings.Root, "sources", "locks")).Should().NotContain(static path => Path.GetFileName(path).StartsWith("make-", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Job_whose_joined_download_fails_downloads_itself()
    {
        await using var cache = new AheadCache();
        var gate = cache.Ahead.Hold(_url);
        var ticket = await cache.AnnounceAsync(1);
        await cache.Ahead.BegunAsync(_url);
        var waiting = new ProgressSignal("waiting");
        var job = cache.Job.DownloadAsync(cache.Request(1), waiting);
        await waiting.Seen;
        await JoinedAsync(cache);
        gate.SetException(new IOException("the origin is away"));

        (await job.Guarded()).Outcome.Should().Be(CacheOutcome.Miss);
        (await ticket.Completion.Guarded()).Should().Be(PrefetchOutcome.Failed);
        (cache.Ahead.Order.Count, cache.Own.Order.Count).Should().Be((1, 1));
    }

    [Fact]
    public async Task What_a_job_downloads_already_is_left_to_it()
    {
        var time = new DrivenTime();
        await using var cache = new AheadCache(static settings => settings with { PrefetchDuringTransfers = DuringTransfers.Share }, time);
        var gate = cache.Own.Hold(_url);
        var job = Task.Run(() => cache.DownloadAsync(1));
        await cache.Own.BegunAsync(_url);

        var ticket = await cache.AnnounceAsync(1);
        await time.WaiterAsync(TimeSpan.FromSeconds(2));
        gate.SetResult();
        (await job).Should().Be(CacheOutcome.Miss);
        time.Advance(TimeSpan.FromSeconds(2));

        (await ticket.Completion.Guarded()).Should().Be(PrefetchOutcome.AlreadyThere);
        cache.Ahead.Order.Should().BeEmpty();
    }

    private static async Task JoinedAsync(AheadCache cache)
    {
        while (!cache.Manager.Prefetcher.Running.Any(static item => item.IsJoined))
        {
            await Task.Yield();
        }
    }
}
