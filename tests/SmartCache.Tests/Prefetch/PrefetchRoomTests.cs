using SmartCache.Configuration;
using SmartCache.Tests.Support;

namespace SmartCache.Tests.Prefetch;

/// <summary>What is fetched ahead takes only what nobody needs, and what it has belongs to its job.</summary>
public class PrefetchRoomTests
{
    private const int Length = 40_000;
    private const int MaxSize = 1_000_000;

    [Fact]
    public async Task Entry_that_a_job_needs_stays_and_there_is_no_room()
    {
        await using var cache = Small();
        await FillUpAsync(cache);
        var before = cache.Cache.Names();
        (await cache.FetchAsync(1, length: Length)).Should().Be(PrefetchOutcome.NoRoom);
        (await cache.FetchAsync(2)).Should().Be(PrefetchOutcome.NoRoom, "of unknown length");

        cache.Cache.Names().Should().Equal(before);
        cache.Ahead.Order.Should().BeEmpty("nothing is downloaded for which there is no room");
        cache.Cache.Log.Of(800).Should().BeEmpty();
    }

    [Fact]
    public async Task Free_entries_make_room_and_no_more_of_them_than_it_takes()
    {
        await using var cache = Small();
        await FillUpAsync(cache, number => cache.Manager.CompleteJobAsync(AheadCache.JobOf(number)));
        var before = cache.Cache.Names();
        (await cache.FetchAsync(1, length: Length)).Should().Be(PrefetchOutcome.Stored);

        before.Except(cache.Cache.Names()).Count().Should().BeInRange(1, 2);
    }

    [Fact]
    public async Task Leased_entry_stays()
    {
        await using var cache = Small();
        var leases = new List<CachedSource>();
        await FillUpAsync(cache, async number =>
        {
            await cache.Manager.CompleteJobAsync(AheadCache.JobOf(number));

            // As long as the job has its own by hard link, a copy is lent and the entry is not leased.
            Array.ForEach(Directory.GetFiles(Path.GetDirectoryName(cache.Cache.WorkPath("any"))!), File.Delete);
            leases.Add((await cache.Manager.Sources.TryGetAsync(SourceKey.From(cache.Request(number))))!);
        });
        leases.Should().OnlyContain(lease => cache.Cache.Names().Contains(Path.GetFileName(Path.GetDirectoryName(lease.Path))), "they are the entries' own files");

        (await cache.FetchAsync(1, length: Length)).Should().Be(PrefetchOutcome.NoRoom);
        foreach (var lease in leases)
        {
            await lease.DisposeAsync();
        }
    }

    [Fact]
    public async Task Only_a_share_of_the_cache_waits_for_jobs()
    {
        await using var cache = Small(settings => settings with { PrefetchAhead = 64 });
        for (var number = 1; number <= 5; number++)
        {
            (await cache.FetchAsync(number, length: Length)).Should().Be(PrefetchOutcome.Stored);
        }

        (await cache.FetchAsync(6, length: Length)).Should().Be(PrefetchOutcome.NoRoom, "five are a fifth of the cache");
        (await cache.FetchAsync(7)).Should().Be(PrefetchOutcome.NoRoom);

        await cache.DownloadAsync(1);
        (await cache.FetchAsync(6, length: Length)).Should().Be(PrefetchOutcome.Stored);
    }

    [Fact]
    public async Task Download_of_unknown_length_ends_when_more_comes_than_there_is_room_for()
    {
        await using var cache = new AheadCache(static settings => settings with { MaxSize = MaxSize, PrefetchMaxShare = new SizeShare(30_000, null) });

        (await cache.FetchAsync(1)).Should().Be(PrefetchOutcome.NoRoom);

        cache.Ahead.ReadOf(AheadCache.Url(1)).Should().Be(Length / 2, "its first report says how much will come");
        Directory.GetFiles(Path.Combine(cache.Cache.Settings.Root, "sources", "staging"), "*", SearchOption.AllDirectories).Should().BeEmpty();
    }

    [Fact]
    public void What_is_reserved_before_the_first_byte_is_enough_for_the_entry() =>
        SmartCache.Storage.StagedSpace.NeededFor(Length).Should().BeGreaterThanOrEqualTo(40_960 + SmartCache.Storage.StagedSpace.Beside + 8192);

    [Fact]
    public async Task Disk_keeps_what_the_largest_job_may_need()
    {
        await using var cache = new AheadCache(fileSystem: new DiskOfSize(100_000));
        await cache.DownloadAsync(9);

        (await cache.FetchAsync(1, length: Length)).Should().Be(PrefetchOutcome.NoRoom, "the job that runs may need as much again");

        await cache.Manager.CompleteJobAsync(AheadCache.JobOf(9));
        await cache.Manager.CleanupAsync();
        (await cache.FetchAsync(2, length: Length)).Should().Be(PrefetchOutcome.Stored);
    }

    [Fact]
    public async Task Announced_entry_belongs_to_its_job_until_the_ticket_goes()
    {
        await using var cache = Small();
        var ticket = await cache.AnnounceAsync(1, length: Length);
        await ticket.Completion.Guarded();
        var name = cache.Cache.Names().Single();
        await FillAsync(cache, 10);
        cache.Cache.Names().Should().Contain(name, "its job is to come");

        await ticket.DisposeAsync();
        cache.Cache.SetLastAccess(name, TimeSpan.FromHours(7));
        await FillAsync(cache, 60);

        cache.Cache.Names().Should().NotContain(name);
        (await cache.BooksAsync()).WastedBytes.Should().Be(Length);
    }

    [Fact]
    public async Task Abandoned_job_frees_what_was_fetched_for_it()
    {
        await using var cache = Small();
        await cache.FetchAsync(1, length: Length);
        var name = cache.Cache.Names().Single();

        await cache.Manager.AbandonJobAsync(AheadCache.JobOf(1));
        cache.Cache.SetLastAccess(name, TimeSpan.FromHours(7));
        await FillAsync(cache, 10);

        cache.Cache.Names().Should().NotContain(name);
    }

    [Fact]
    public async Task Job_that_had_ended_has_ended_again_when_it_is_announced_no_more()
    {
        await using var cache = Small();
        await cache.DownloadAsync(1);
        await cache.Manager.CompleteJobAsync(AheadCache.JobOf(1));
        var ended = await EndedAsync(cache);
        await cache.Manager.ClearAsync();

        var ticket = await cache.AnnounceAsync(1, length: Length);
        (await ticket.Completion.Guarded()).Should().Be(PrefetchOutcome.Stored);
        (await EndedAsync(cache)).Should().BeFalse("it is to come again");
        await ticket.DisposeAsync();

        ended.Should().BeTrue();
        (await EndedAsync(cache)).Should().BeTrue();

        static async Task<bool> EndedAsync(AheadCache cache) => (await cache.Manager.Uploads.LoadAsync(AheadCache.JobOf(1)))!.Ended;
    }

    [Fact]
    public async Task Record_of_a_newer_worker_stays()
    {
        await using var cache = Small();
        await cache.FetchAsync(1, length: Length);
        var record = Directory.GetFiles(Path.Combine(cache.Cache.Settings.Root, "sources", "ahead")).Single();
        var before = await File.ReadAllTextAsync(record);
        var text = System.Text.RegularExpressions.Regex.Replace(before, "(?i)(\"version\": ?)1", "${1}2");
        text.Should().NotBe(before);
        await File.WriteAllTextAsync(record, text);

        (await cache.BooksAsync()).WaitingBytes.Should().Be(0, "it may mean something else there");

        (await File.ReadAllTextAsync(record)).Should().Be(text);
    }

    [Fact]
    public async Task Another_process_knows_whose_the_entry_is()
    {
        await using var cache = Small();
        await cache.FetchAsync(1, length: Length);
        var name = cache.Cache.Names().Single();
        cache.Cache.SetLastAccess(name, TimeSpan.FromHours(7));

        await using var other = Small(root: cache.Cache.Root);
        await FillAsync(other, 10);

        cache.Cache.Names().Should().Contain(name);
        (await other.BooksAsync()).WaitingBytes.Should().Be(Length);
    }

    [Fact]
    public void Announced_job_that_never_comes_is_no_use_that_a_policy_counts()
    {
        var told = new List<CacheEvent>();
        var unfinished = new SmartCache.Jobs.UnfinishedJobs(TimeSpan.FromDays(7), told.Add);
        var now = DateTimeOffset.UtcNow;
        unfinished.Announce(1, 2, now);

        unfinished.Observe(new CacheEvent(CacheEventKind.Requested, now.AddHours(8)) { Key = "other", JobId = "other" });

        told.Should().NotContain(static happened => happened.Kind == CacheEventKind.EntryReleased);
        unfinished.Observe(new CacheEvent(CacheEventKind.Requested, now.AddHours(9)) { KeyHash = 2, JobHash = 1 });
        unfinished.Observe(new CacheEvent(CacheEventKind.JobCompleted, now.AddHours(9)) { JobHash = 1 });
        told.Should().ContainSingle(static happened => happened.Kind == CacheEventKind.EntryReleased).Which.JobFinished.Should().BeTrue();
    }

    private static AheadCache Small(Func<CacheSettings, CacheSettings>? configure = null, string? root = null) =>
        new(settings => (configure ?? (static it => it))(settings with { MaxSize = MaxSize }), root: root);

    // Until the next entry has no room without an eviction.
    private static async Task FillUpAsync(AheadCache cache, Func<int, ValueTask>? each = null)
    {
        for (var number = 10; (await cache.Manager.GetStatisticsAsync()).Space!.UsedBytes + 45_056 < MaxSize - (MaxSize / 50); number++)
        {
            (await cache.DownloadAsync(number)).Should().Be(CacheOutcome.Miss);
            await (each?.Invoke(number) ?? ValueTask.CompletedTask);
            await cache.Manager.CleanupAsync();
        }
    }

    // Of jobs that are done, so that all of it is free.
    private static async Task FillAsync(AheadCache cache, int from)
    {
        for (var number = from; number < from + 30; number++)
        {
            await cache.DownloadAsync(number);
            await cache.Manager.CompleteJobAsync(AheadCache.JobOf(number));
        }
    }
}
