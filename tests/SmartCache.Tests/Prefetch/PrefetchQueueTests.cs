using SmartCache.Abstractions;
using SmartCache.Prefetch;
using SmartCache.Tests.Support;

namespace SmartCache.Tests.Prefetch;

/// <summary>What is announced is bounded, not doubled, and gone when nobody wants it.</summary>
public class PrefetchQueueTests
{
    private static readonly string _url = AheadCache.Url(1);

    [Fact]
    public async Task Same_announcement_is_one_until_the_last_of_those_who_made_it_gives_it_up()
    {
        await using var cache = new AheadCache();
        cache.Ahead.Hold(_url);
        var first = await cache.AnnounceAsync(1);
        var second = await cache.AnnounceAsync(1);
        var other = await cache.AnnounceAsync(1, PrefetchPriority.Retry);
        await cache.Ahead.BegunAsync(_url);
        second.Completion.Should().BeSameAs(first.Completion).And.NotBeSameAs(other.Completion);

        await first.DisposeAsync();
        first.Completion.IsCompleted.Should().BeFalse("somebody wants it still");
        await second.DisposeAsync();

        (await first.Completion.Guarded()).Should().Be(PrefetchOutcome.Cancelled);
    }

    [Fact]
    public async Task Address_that_is_good_for_longer_is_another_announcement()
    {
        await using var cache = new AheadCache();
        var request = new PrefetchRequest(cache.Request(1)) { NotBefore = DateTimeOffset.UtcNow.AddHours(1), UsefulUntil = DateTimeOffset.UtcNow.AddHours(2) };
        await using var first = await cache.Manager.PrefetchAsync(request);

        await using var renewed = await cache.Manager.PrefetchAsync(request with { UsefulUntil = DateTimeOffset.UtcNow.AddHours(3) });
        await using var older = await cache.Manager.PrefetchAsync(request with { UsefulUntil = DateTimeOffset.UtcNow.AddHours(1) });

        renewed.Completion.Should().NotBeSameAs(first.Completion);
        older.Completion.Should().BeSameAs(first.Completion);
    }

    [Fact]
    public async Task No_more_than_a_thousand_are_announced_and_what_has_expired_makes_way()
    {
        var time = new DrivenTime();
        await using var cache = new AheadCache(time: time);
        var (later, until) = (time.GetUtcNow().AddHours(2), time.GetUtcNow().AddHours(1));
        var tickets = new List<PrefetchTicket>();
        for (var number = 0; number < 1000; number++)
        {
            tickets.Add(await cache.Manager.PrefetchAsync(new PrefetchRequest(cache.Request(number)) { NotBefore = later, UsefulUntil = until }));
        }

        (await cache.FetchAsync(2000)).Should().Be(PrefetchOutcome.NoRoom);
        time.Advance(TimeSpan.FromHours(1));

        (await cache.FetchAsync(2001)).Should().Be(PrefetchOutcome.Stored);
        (await Task.WhenAll(tickets.Select(static ticket => ticket.Completion)).Guarded()).Should().OnlyContain(static outcome => outcome == PrefetchOutcome.Expired);
    }

    [Fact]
    public async Task What_is_given_up_while_it_is_weighed_gets_no_place()
    {
        await using var cache = new AheadCache();
        var queue = new PrefetchQueue(cache.Cache.Layer().Settings, cache.Cache.Layer().Stages, TimeProvider.System);
        var request = cache.Request(1);
        var item = new PrefetchItem(new PrefetchRequest(request) { Priority = PrefetchPriority.Popular }, SourceKey.From(request), 1) { AnnouncedAt = DateTimeOffset.UtcNow };
        queue.Admit(item).Should().BeSameAs(item);

        queue.LetGo(item).Should().BeTrue();
        queue.Withdraw(one => one == item).Should().BeEmpty("it has no place yet");

        queue.Add(item).Should().BeFalse();
        queue.Begin(out _).Should().BeEmpty();
    }

    [Fact]
    public async Task Addresses_are_remembered_only_where_they_are_of_use_and_until_the_job_ends()
    {
        await using var off = new AheadCache(static settings => settings with { PrefetchMode = LayerMode.Off });
        await using var none = new AheadCache(with: static services => services with { Downloaders = null });
        await using var cache = new AheadCache();
        foreach (var one in new[] { off, none, cache })
        {
            await one.DownloadAsync(1);
            await one.DownloadAsync(2);
        }

        off.Manager.Prefetcher.Remembered.Of(AheadCache.JobOf(1)).Should().BeNull();
        none.Manager.Prefetcher.Remembered.Of(AheadCache.JobOf(1)).Should().BeNull();
        cache.Manager.Prefetcher.Remembered.Of(AheadCache.JobOf(1)).Should().NotBeNull();

        await cache.Manager.CompleteJobAsync(AheadCache.JobOf(1));
        cache.Manager.Prefetcher.Remembered.Of(AheadCache.JobOf(1)).Should().BeNull();
        await cache.Manager.AbandonJobAsync(AheadCache.JobOf(2));
        cache.Manager.Prefetcher.Remembered.Of(AheadCache.JobOf(2)).Should().BeNull();
    }

    [Fact]
    public async Task All_that_moves_bytes_for_a_job_is_a_transfer()
    {
        await using var cache = new AheadCache();
        var stages = cache.Cache.Layer().Stages;
        var seen = false;
        await using (await cache.Manager.Sources.GetOrAddAsync(
            SourceKey.From(cache.Request(1)),
            async (path, token) =>
            {
                seen = stages.Downloads;
                await File.WriteAllBytesAsync(path, new byte[100], token);
            }))
        {
            (seen, stages.Downloads).Should().Be((true, false));
        }

        await using (await cache.Manager.Uploads.OpenAsync(new UploadRequest("job-9", Directory.CreateDirectory(cache.Cache.WorkPath("out")).FullName)))
        {
            (stages.Uploads, stages.Downloads).Should().Be((true, false));
        }

        stages.Uploads.Should().BeFalse();
    }

    [Theory]
    [InlineData(CacheUse.Bypass)]
    [InlineData(CacheUse.NoStore)]
    [InlineData(null)]
    public async Task Download_past_the_cache_is_a_transfer_too(CacheUse? use)
    {
        await using var cache = new AheadCache(settings => use is null ? settings with { SourcesMode = LayerMode.Off } : settings);
        var stages = cache.Cache.Layer().Stages;
        var seen = false;
        cache.Own.Takes = (_, _) =>
        {
            seen = stages.Downloads;
            return Task.CompletedTask;
        };

        await cache.Job.DownloadAsync(cache.Request(1) with { Use = use ?? CacheUse.Use });

        (seen, stages.Downloads, stages.Idle > TimeSpan.Zero).Should().Be((true, false, true));
    }

    [Fact]
    public async Task Record_that_a_power_cut_left_torn_is_deleted()
    {
        await using var cache = new AheadCache();
        await cache.FetchAsync(1);
        var torn = Path.Combine(cache.Cache.Settings.Root, "sources", "ahead", new string('a', 32) + ".json");
        await File.WriteAllTextAsync(torn, "");

        await cache.FetchAsync(2);

        File.Exists(torn).Should().BeFalse();
        (await cache.BooksAsync()).WaitingBytes.Should().Be(80_000);
    }
}
