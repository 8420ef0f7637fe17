using System.Threading.Channels;
using SmartCache.Configuration;
using SmartCache.Prefetch;
using SmartCache.Tests.Support;

namespace SmartCache.Tests.Prefetch;

/// <summary>What bounds a download ahead whatever its downloader does: one that says nothing, one that stands still, one that always begins anew.</summary>
public class PrefetchBoundsTests
{
    private const int Length = 40_000;
    private static readonly string _url = AheadCache.Url(1);
    private static readonly TimeSpan _second = TimeSpan.FromSeconds(1);

    [Theory]
    [InlineData("destination")]
    [InlineData("beside")]
    [InlineData("partial")]
    [InlineData("work")]
    public async Task Download_that_reports_nothing_takes_no_more_than_there_is_room_for(string where)
    {
        var time = new DrivenTime();
        var wrote = new Signals();
        var downloader = Holding(wrote, request => where switch { "partial" => request.PartialPath!, "work" => request.PartialPath + $".{Guid.NewGuid():N}.work", "beside" => request.DestinationPath + ".tmp", _ => request.DestinationPath });
        await using var cache = Cache(downloader, static settings => settings with { PrefetchMaxShare = new SizeShare(30_000, null) }, time);
        var ticket = await cache.AnnounceAsync(1);
        await wrote.NextAsync();

        time.Advance(_second);

        (await ticket.Completion.Guarded()).Should().Be(PrefetchOutcome.NoRoom);
    }

    [Fact]
    public async Task Two_of_unknown_length_do_not_take_the_same_room()
    {
        var time = new DrivenTime();
        var wrote = new Signals();
        await using var cache = Cache(
            Holding(wrote, static request => request.DestinationPath), static settings => settings with { PrefetchMaxShare = new SizeShare(60_000, null), PrefetchParallel = 2 }, time);
        PrefetchTicket[] tickets = [await cache.AnnounceAsync(1), await cache.AnnounceAsync(2)];
        await wrote.NextAsync();
        await wrote.NextAsync();

        time.Advance(_second);
        time.Advance(_second);

        (await (await Task.WhenAny(tickets.Select(static ticket => ticket.Completion)).Guarded())).Should().Be(PrefetchOutcome.NoRoom);
    }

    [Fact]
    public async Task Disk_that_jobs_fill_meanwhile_ends_a_download_of_unknown_length()
    {
        var time = new DrivenTime();
        var wrote = new Signals();
        var disk = new DiskOfSize(1_000_000);
        await using var cache = Cache(Holding(wrote, static request => request.DestinationPath), null, time, disk);
        await cache.DownloadAsync(9);
        var ticket = await cache.AnnounceAsync(1);
        await wrote.NextAsync();

        disk.Available = static () => 20_000;
        time.Advance(_second);

        (await ticket.Completion.Guarded()).Should().Be(PrefetchOutcome.NoRoom, "the job that runs may need as much again as it has");
    }

    [Fact]
    public async Task Download_that_stands_still_is_ended_also_when_a_job_waits_for_it()
    {
        var time = new DrivenTime();
        await using var cache = new AheadCache(static settings => settings with { LockTimeout = TimeSpan.FromSeconds(10) }, time);
        cache.Ahead.Hold(_url);
        var ticket = await cache.AnnounceAsync(1);
        await cache.Ahead.BegunAsync(_url);
        var waiting = new ProgressSignal("waiting");
        var job = Task.Run(() => cache.Job.DownloadAsync(cache.Request(1), waiting));
        await waiting.Seen;
        while (!cache.Manager.Prefetcher.Running.Any(static item => item.IsJoined))
        {
            await Task.Yield();
        }

        time.Advance(TimeSpan.FromSeconds(10));

        (await ticket.Completion.Guarded()).Should().Be(PrefetchOutcome.Failed);
        cache.Ahead.Cancelled.Should().Be(1);
        time.Pass(_second);
        (await job.Guarded()).Outcome.Should().BeOneOf(CacheOutcome.Miss, CacheOutcome.Bypass);
    }

    [Fact]
    public async Task Partial_is_the_caches_own_and_never_the_one_of_the_request()
    {
        var downloader = new ScriptedDownloader(static async (request, _, token) => await File.WriteAllBytesAsync(request.DestinationPath, new byte[Length], token));
        await using var cache = Cache(downloader);
        var own = cache.Cache.WorkPath("own.part");

        var ticket = await cache.Manager.PrefetchAsync(new PrefetchRequest(cache.Request(1) with { PartialPath = own }));

        (await ticket.Completion.Guarded()).Should().Be(PrefetchOutcome.Stored);
        downloader.Requests.Single().PartialPath.Should().NotBeNull().And.NotBe(own);
    }

    [Fact]
    public async Task Job_does_not_wait_while_room_is_made_for_what_is_fetched_ahead()
    {
        await using var cache = new AheadCache(static settings => settings with { MaxSize = 200_000, PrefetchMaxShare = new SizeShare(100_000, null) });
        for (var number = 10; number < 14; number++)
        {
            await cache.DownloadAsync(number);
            await cache.Manager.CompleteJobAsync(AheadCache.JobOf(number));
        }

        await cache.Manager.CleanupAsync();
        var layer = cache.Cache.Layer();
        using (layer.Files.TryLock(Path.Combine(cache.Cache.Settings.Root, "quota", "locks", "evictor"), true, layer.Directory.FileMode)!)
        {
            // It waits for whoever else is about to evict.
            await using var ticket = await cache.AnnounceAsync(1, length: Length);
            await Task.WhenAny(ticket.Completion, Task.Delay(TimeSpan.FromMilliseconds(300)));
            ticket.Completion.IsCompleted.Should().BeFalse("something has to go for it");

            (await cache.Job.DownloadAsync(cache.Request(1)).Guarded()).Outcome.Should().Be(CacheOutcome.Miss);
        }

        cache.Ahead.Order.Should().BeEmpty();
    }

    [Fact]
    public async Task Download_that_keeps_nothing_is_not_begun_again_for_ever()
    {
        await using var cache = new AheadCache();
        cache.Ahead.Hold(_url);
        var ticket = await cache.AnnounceAsync(1);
        var stages = cache.Cache.Layer().Stages;
        for (var begun = 1; begun <= 3; begun++)
        {
            while (cache.Ahead.Order.Count < begun)
            {
                await Task.Yield();
            }

            stages.DownloadBegins();
            while (Volatile.Read(ref cache.Ahead.Cancelled) < begun)
            {
                await Task.Yield();
            }

            while (cache.Manager.Prefetcher.Running.Count > 0)
            {
                await Task.Yield();
            }

            stages.DownloadEnds();
        }

        (await ticket.Completion.Guarded()).Should().Be(PrefetchOutcome.Failed);
        cache.Ahead.Order.Should().HaveCount(3);
        cache.Cache.Log.Of(900).Should().ContainSingle().Which.Should().Contain("made way for jobs 3 times");
    }

    [Fact]
    public async Task Attempt_that_left_nothing_behind_is_no_part_of_what_a_job_is_spared()
    {
        var time = new DrivenTime();
        await using var cache = new AheadCache(time: time);
        cache.Ahead.Hold(_url);
        var ticket = await cache.AnnounceAsync(1);
        await cache.Ahead.BegunAsync(_url);
        time.Advance(TimeSpan.FromSeconds(10));
        var stages = cache.Cache.Layer().Stages;
        stages.DownloadBegins();
        while (cache.Manager.Prefetcher.Running.Count > 0)
        {
            await Task.Yield();
        }

        cache.Ahead.Release(_url);
        cache.Ahead.Takes = (_, _) =>
        {
            time.Advance(TimeSpan.FromSeconds(4));
            return Task.CompletedTask;
        };
        stages.DownloadEnds();
        await ticket.Completion.Guarded();

        (await cache.DownloadAsync(1)).Should().Be(CacheOutcome.Prefetched);
        (await cache.BooksAsync()).HiddenTime.Should().Be(TimeSpan.FromSeconds(4));
    }

    [Fact]
    public async Task Books_that_cannot_be_written_cost_figures_and_not_the_download()
    {
        await using var cache = new AheadCache();
        var gate = cache.Ahead.Hold(_url);
        var ticket = await cache.AnnounceAsync(1, length: Length);
        await cache.Ahead.BegunAsync(_url);
        await File.WriteAllTextAsync(Path.Combine(cache.Cache.Settings.Root, "sources", "ahead"), "no directory");
        gate.SetResult();

        (await ticket.Completion.Guarded()).Should().Be(PrefetchOutcome.Stored);
        cache.Cache.Names().Should().ContainSingle();
    }

    [Fact]
    public async Task Downloader_with_the_cache_around_itself_does_not_make_way_for_itself()
    {
        AheadCache? inside = null;
        var downloader = new ScriptedDownloader((request, progress, token) => inside!.Job.DownloadAsync(request, progress, token));
        await using var cache = inside = Cache(downloader);

        (await cache.FetchAsync(1)).Should().Be(PrefetchOutcome.Stored);

        downloader.Requests.Should().ContainSingle();
    }

    private static AheadCache Cache(IVideoDownloader downloader, Func<CacheSettings, CacheSettings>? configure = null, TimeProvider? time = null, DiskOfSize? disk = null) =>
        new(configure, time, fileSystem: disk, with: services => services with { Downloaders = new OnePrefetchDownloader(downloader) });

    // Writes all of it without a report, and then holds on.
    private static ScriptedDownloader Holding(Signals wrote, Func<DownloadRequest, string> where) => new(async (request, _, token) =>
    {
        await File.WriteAllBytesAsync(where(request), new byte[Length], token);
        wrote.Tell();
        await Task.Delay(Timeout.Infinite, token);
    });

    private sealed class Signals
    {
        private readonly Channel<bool> _told = Channel.CreateUnbounded<bool>();

        public void Tell() => _told.Writer.TryWrite(true);

        public Task<bool> NextAsync() => _told.Reader.ReadAsync().AsTask().Guarded();
    }
}
