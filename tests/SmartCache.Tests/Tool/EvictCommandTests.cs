using SmartCache.Configuration;
using SmartCache.Tests.Support;

namespace SmartCache.Tests.Tool;

/// <summary><c>evict --dry-run</c> names what a real clean-up then takes away, in its order.</summary>
public class EvictCommandTests
{
    private const string History = "1000000";

    [Theory]
    [InlineData("LRU", 3_000_000)]
    [InlineData("FIFO", 3_000_000)]
    [InlineData("SIZE", 3_000_000)]
    [InlineData("COST", 3_000_000)]
    [InlineData("COST", 1_500_000)]
    [InlineData("LRU", 1_000_000)]
    public async Task Order_is_the_one_in_which_a_real_clean_up_then_takes_entries_away(string policy, long limit)
    {
        await using var cache = await FilledAsync(policy);
        var before = ToolCall.Listing(cache.CacheRoot());

        var told = await DryRunAsync(cache, policy, "--to", $"{limit}");
        var same = await DryRunAsync(cache, policy, [], limit);

        ToolCall.Listing(cache.CacheRoot()).Should().Be(before);
        told.Code.Should().Be(0, told.Error);
        same.Json.GetProperty("victims").ToString().Should().Be(told.Json.GetProperty("victims").ToString());
        var gone = await CleanAsync(cache, limit);
        Victims(told).Should().Equal(gone).And.HaveCountGreaterThan(3);
    }

    [Fact]
    public async Task What_expires_goes_first_and_what_unfinished_jobs_need_last()
    {
        await using var cache = await FilledAsync("LRU");

        var told = await DryRunAsync(cache, "LRU", "--to", "1MB");

        var victims = told.Json.GetProperty("victims").EnumerateArray().ToList();
        (victims[0].GetProperty("limit").GetString(), victims[0].GetProperty("key").GetString()).Should().Be(("MaxAge", Entries.NameOf(1)));
        victims.Skip(1).Should().OnlyContain(static victim => victim.GetProperty("limit").GetString() == "MaxSize");
        victims[^1].GetProperty("protection").GetString().Should().Be("Active", "the source of the job that is at work is larger than what is left of the limit");
        victims[^1].GetProperty("jobs").GetInt32().Should().Be(1);
        victims.SkipLast(1).Should().OnlyContain(static victim => victim.GetProperty("protection").GetString() == "None");
        told.Json.GetProperty("isEnough").GetBoolean().Should().BeTrue();
    }

    [Fact]
    public async Task Leased_entry_is_passed_by_as_a_clean_up_does()
    {
        await using var cache = await FilledAsync("LRU");
        var first = Victims(await DryRunAsync(cache, "LRU", "--to", "3MB")).First(static victim => victim.Limit == "MaxSize");
        using (cache.TryLease(first.Entry, out _))
        {
            cache.SetLastAccess(first.Entry, TimeSpan.FromHours(21));
            var told = await DryRunAsync(cache, "LRU", "--to", "3MB");

            told.Json.GetProperty("leased").GetInt32().Should().Be(1);
            Victims(told).Should().NotContain(first).And.Equal(await CleanAsync(cache, 3_000_000));
        }
    }

    [MountFact]
    public async Task Floor_of_a_small_disk_is_what_it_goes_for_and_linked_files_do_not_count()
    {
        using var disk = Mount.Image("ext4", 64);
        await using var cache = await FilledAsync("LRU", disk.Path);
        Mount.Run("ln", cache.PathOf(Entries.NameOf(4)), cache.WorkPath("linked"));
        var floor = new DriveInfo(disk.Path).AvailableFreeSpace + 1_000_000;

        var told = await DryRunAsync(cache, "LRU", [], 1_000_000_000, $"{floor}");
        cache.Settings = cache.Settings with { MinFreeSpace = new FreeSpaceFloor(floor, null) };
        var gone = await CleanAsync(cache, 1_000_000_000);

        Victims(told).Should().Equal(gone).And.NotContain(("MinFreeSpace", Entries.NameOf(4))).And.Contain(static victim => victim.Limit == "MinFreeSpace");
    }

    [Fact]
    public async Task People_read_the_order_and_without_limits_or_dry_run_it_says_what_is_missing()
    {
        await using var cache = await FilledAsync("LRU");

        var text = await ToolCall.OnAsync(cache, "evict", "--dry-run", "--to", "3MB");
        var unknown = await ToolCall.OnAsync(cache, "evict", "--dry-run");
        var real = await ToolCall.OnAsync(cache, "evict");
        var own = await ToolCall.RunAsync(cache.Root, new() { ["CACHE_DIRECTORY"] = cache.CacheRoot(), ["CACHE_EVICTION_POLICY"] = "OF-THE-WORKER" }, "evict", "--dry-run");

        text.Code.Should().Be(0);
        text.Output.Should().Contain("MaxAge").And.Contain("MaxSize").And.Contain("LRU").And.Contain("would go").And.Contain("Next: smartcache show");
        (unknown.Code, real.Code, own.Code).Should().Be((2, 2, 2));
        unknown.Error.Should().Contain("--settings");
        real.Error.Should().Contain("--dry-run");
        own.Error.Should().Contain("OF-THE-WORKER");
        (await ToolCall.OnAsync(cache, "evict", "--dry-run", "--to", "much")).Code.Should().Be(2);
    }

    // Sources of several sizes and ages, of which one expired; and a job at work, with a source of 1.5 MB and a profile.
    private static async Task<TestCache> FilledAsync(string policy, string? root = null)
    {
        var cache = new TestCache(settings => settings with { History = 1_000_000, EvictionPolicy = policy, MinFreeSpace = new FreeSpaceFloor(0, null), MaxSize = 1_000_000_000 }, root: root);
        for (var i = 1; i <= 9; i++)
        {
            cache.Put(Entries.NameOf(i), Bytes.Random(200_000 + (i * 37 % 11 * 40_000), i));
            cache.SetLastAccess(Entries.NameOf(i), TimeSpan.FromHours(i == 1 ? 30 : 20 - (i * 5 % 7)));
        }

        var job = new TestJob(cache, new FakeDownloader(Bytes.Random(1_500_000)));
        await job.EncodeAsync(await job.DownloadAsync());
        await cache.Manager.FlushAsync();
        return cache;
    }

    private static Task<ToolCall> DryRunAsync(TestCache cache, string policy, params string[] more) => DryRunAsync(cache, policy, more, 1_000_000_000);

    private static Task<ToolCall> DryRunAsync(TestCache cache, string policy, string[] more, long limit, string floor = "0") => ToolCall.RunAsync(
        cache.Root,
        new()
        {
            ["CACHE_DIRECTORY"] = cache.CacheRoot(), ["CACHE_MAX_SIZE"] = $"{limit}", ["CACHE_EVICTION_POLICY"] = policy, ["Cache__MinFreeSpace"] = floor, ["Cache__MinFreeInodes"] = "64", ["Cache__History"] = History,
        },
        ["evict", "--dry-run", "--json", .. more]);

    private static async Task<List<(string Limit, string Entry)>> CleanAsync(TestCache cache, long limit)
    {
        cache.Settings = cache.Settings with { MaxSize = limit };
        await cache.Manager.CleanupAsync();
        await cache.Manager.FlushAsync();
        var gone = new List<(string, string)>();
        await foreach (var happened in CacheInspector.Open(new CacheOptions { Directory = cache.CacheRoot() }).ReadHistoryAsync())
        {
            if (happened.Kind is HistoryEventKind.Evicted or HistoryEventKind.Expired)
            {
                gone.Add((happened.Limit!, happened.Entry!));
            }
        }

        return gone;
    }

    private static IEnumerable<(string Limit, string Entry)> Victims(ToolCall call) =>
        call.Json.GetProperty("victims").EnumerateArray().Select(static victim => (victim.GetProperty("limit").GetString()!, victim.GetProperty("key").GetString()!));
}
