using SmartCache.Configuration;
using SmartCache.Tests.Support;

namespace SmartCache.Tests.Space;

/// <summary>Who reads the warning is told the setting that it comes from, and what happened.</summary>
public class WorkingSetWarningTests
{
    private const long Floor = 100_000_000;
    private const int Video = 300_000;

    [Fact]
    public async Task Entries_of_unfinished_jobs_that_go_for_MinFreeSpace_are_not_blamed_on_MaxSize()
    {
        var others = 0L;
        var disk = new DiskOfSize(0);
        await using var cache = WithJobs(disk, () => others);
        await StoreAsync(cache, 3);
        others = disk.Available() - Floor + (2 * Video);

        (await cache.Manager.Cleaner.RelieveAsync(CancellationToken.None)).Should().Be(2);

        cache.Log.Of(806).Should().ContainSingle().Which.Should()
            .Contain($"MinFreeSpace ({Floor} bytes, with ").And.Contain("Make space").And.NotContain("MaxSize");
        cache.Log.Of(807).Should().BeEmpty("nobody was refused");
    }

    [Fact]
    public async Task Entries_of_unfinished_jobs_that_go_for_MaxSize_are_blamed_on_it()
    {
        await using var cache = WithJobs(new DiskOfSize(0), static () => 0);
        await StoreAsync(cache, 3);
        cache.Settings = cache.Settings with { MaxSize = 2 * Video };

        (await cache.Manager.Cleaner.RelieveAsync(CancellationToken.None)).Should().Be(2);

        cache.Log.Of(806).Should().ContainSingle().Which.Should().Contain($"MaxSize ({2 * Video} bytes)").And.Contain("Raise it").And.NotContain("MinFreeSpace");
    }

    [Fact]
    public async Task Limit_that_is_still_crossed_is_named_also_where_the_other_one_was_crossed_too()
    {
        var others = 0L;
        var disk = new DiskOfSize(0);
        await using var cache = WithJobs(disk, () => others);
        cache.Put(Entries.NameOf(0), Bytes.Random(Video, 0));
        await StoreAsync(cache, 3);

        // The entry that nobody needs is enough for MaxSize, but not for the disk.
        cache.Settings = cache.Settings with { MaxSize = QuotaTests.Used(cache) };
        others = disk.Available() - Floor + (2 * Video);
        await cache.Manager.Cleaner.RelieveAsync(CancellationToken.None);

        cache.Log.Of(806).Should().ContainSingle().Which.Should().Contain("MinFreeSpace (").And.NotContain("MaxSize");
    }

    [Fact]
    public async Task Newcomer_that_is_refused_for_want_of_free_space_is_not_told_as_an_eviction()
    {
        var others = 0L;
        var disk = new DiskOfSize(0);
        await using var cache = WithJobs(disk, () => others);
        await StoreAsync(cache, 3);
        others = disk.Available() - Floor - (Video / 3);

        await QuotaTests.DownloadAsync(cache, 9, length: Video);

        cache.Names().Should().HaveCount(3);
        cache.Log.Of(806).Should().BeEmpty();
        cache.Log.Of(807).Should().ContainSingle().Which.Should().Contain("nothing is evicted for it").And.Contain("MinFreeSpace (").And.NotContain("MaxSize");
    }

    [Fact]
    public async Task Store_that_is_refused_brings_back_the_free_space_that_others_took_and_no_more()
    {
        var others = 0L;
        var disk = new DiskOfSize(0);
        await using var cache = WithJobs(disk, () => others);
        await StoreAsync(cache, 3);
        others = disk.Available() - Floor + (Video / 2);

        await QuotaTests.DownloadAsync(cache, 9, length: Video);

        cache.Log.Of(807).Should().ContainSingle("it is not worth what the jobs need");
        disk.Available().Should().BeGreaterThanOrEqualTo(Floor);
        cache.Names().Should().HaveCount(2, "its own staging is gone and asks for no room");
    }

    private static TestCache WithJobs(DiskOfSize disk, Func<long> others)
    {
        var cache = new TestCache(settings => settings with { MinFreeSpace = new FreeSpaceFloor(Floor, null), MaxSize = 100_000_000 }, fileSystem: disk);
        disk.Available = () => Floor + 20_000_000 - QuotaTests.Used(cache) - others();
        return cache;
    }

    private static async Task StoreAsync(TestCache cache, int count)
    {
        for (var i = 1; i <= count; i++)
        {
            await QuotaTests.DownloadAsync(cache, i, length: Video, job: $"job-{i}");
        }
    }
}
