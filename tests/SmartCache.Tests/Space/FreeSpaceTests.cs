using SmartCache.Configuration;
using SmartCache.Layers;
using SmartCache.Maintenance;
using SmartCache.Storage.Platform;
using SmartCache.Tests.Support;

namespace SmartCache.Tests.Space;

public class FreeSpaceTests
{
    private const long Floor = 100_000_000;

    [Theory]
    [InlineData(Floor, null)]
    [InlineData(null, 10.0)]
    public async Task Another_program_fills_the_disk_and_the_cache_shrinks(long? bytes, double? percent)
    {
        var others = 0L;
        var disk = new DiskOfSize(0, total: 10 * Floor);
        await using var cache = With(disk);
        cache.Settings = cache.Settings with { MinFreeSpace = new FreeSpaceFloor(bytes, percent) };
        disk.Available = () => Floor + 3_000_000 - QuotaTests.Used(cache) - others;
        for (var i = 0; i < 10; i++)
        {
            await QuotaTests.DownloadAsync(cache, i);
            QuotaTests.Age(cache);
        }

        cache.Names().Should().HaveCount(10);
        others = 2_300_000;
        (await cache.Manager.IsOverLimitAsync(CancellationToken.None)).Should().BeTrue();

        await cache.Manager.Cleaner.RelieveAsync(CancellationToken.None);

        disk.Available().Should().BeGreaterThanOrEqualTo(Floor);
        (await QuotaTests.DownloadAsync(cache, 0)).Outcome.Should().Be(CacheOutcome.Miss, "the oldest went");
    }

    [Fact]
    public async Task Cache_stops_growing_at_the_floor_by_taking_the_place_of_its_oldest()
    {
        var disk = new DiskOfSize(0);
        await using var cache = With(disk);
        disk.Available = () => Floor + 1_000_000 - QuotaTests.Used(cache);
        for (var i = 0; i < 20; i++)
        {
            await QuotaTests.DownloadAsync(cache, i);
            disk.Available().Should().BeGreaterThanOrEqualTo(Floor);
            QuotaTests.Age(cache);
        }

        (await QuotaTests.DownloadAsync(cache, 19)).Outcome.Should().Be(CacheOutcome.Hit);
    }

    [Fact]
    public async Task Where_deleting_frees_nothing_the_rest_of_the_cache_stays()
    {
        var disk = new DiskOfSize(Floor + 1);
        await using var cache = With(disk);
        disk.Available = () => Floor + 50_000_000;
        for (var i = 0; i < 100; i++)
        {
            cache.Put(Entries.NameOf(i), Bytes.Random(4096, i));
        }

        disk.Available = () => Floor - 50_000_000;
        await cache.Manager.Cleaner.RelieveAsync(CancellationToken.None);

        cache.Names().Count.Should().BeInRange(60, 99, "one slice was tried");
        cache.Log.Of(802).Should().ContainSingle().Which.Should().Contain("MinFreeSpace");
    }

    [Fact]
    public async Task Entry_whose_files_a_worker_still_links_frees_nothing_and_stays()
    {
        var disk = new DiskOfSize(0);
        await using var cache = With(disk);
        disk.Available = () => Floor + 50_000_000;
        cache.Put(Entries.NameOf(0), Bytes.Random(100_000, 0));
        cache.Put(Entries.NameOf(1), Bytes.Random(100_000, 1));
        FileSystemLink(cache.PathOf(Entries.NameOf(0)), cache.WorkPath("linked"));
        cache.SetLastAccess(Entries.NameOf(0), TimeSpan.FromHours(5));

        disk.Available = () => Floor - 50_000;
        await cache.Manager.Cleaner.RelieveAsync(CancellationToken.None);

        cache.Names().Should().Equal(Entries.NameOf(0));
    }

    [Fact]
    public async Task Newcomer_that_counts_on_entries_whose_files_workers_still_link_drives_nothing_out()
    {
        var disk = new DiskOfSize(Floor + 50_000_000);
        await using var cache = With(disk);
        for (var i = 0; i < 5; i++)
        {
            cache.Put(Entries.NameOf(i), Bytes.Random(100_000, i));
        }

        for (var i = 0; i < 4; i++)
        {
            FileSystemLink(cache.PathOf(Entries.NameOf(i)), cache.WorkPath($"linked-{i}"));
        }

        disk.Available = () => Floor + 10_000;
        var newcomer = EntrySpace.Newcomer(Entries.NameOf(9), EntryKind.Source, 310_000, TimeSpan.FromMinutes(1), "job", DateTimeOffset.UtcNow);

        (await cache.Manager.Space.ReserveAsync(new(cache.Layer().Directory, 310_000, 310_000) { Newcomer = newcomer }, "new", CancellationToken.None)).Reserved.Should().BeNull();

        cache.Names().Should().HaveCount(5);
        cache.Log.Of(800).Should().ContainSingle().Which.Should().Contain("would free nothing");
    }

    [Theory]
    [InlineData("files/manifest.json")]
    [InlineData("files/the-manifest.json")]
    public async Task Worker_s_own_file_with_the_name_of_a_manifest_is_space_that_deleting_frees(string file)
    {
        await using var cache = With(new DiskOfSize(Floor + 50_000_000));
        Entries.Publish(cache.ProfileLayer(), Entries.NameOf(0), null, (file, Bytes.Random(100_000)))!.Dispose();
        var entry = cache.ProfileLayer().Index.Read(DateTimeOffset.UtcNow, Entries.Pulse).Single();

        DiskGain.Of(new ListedEntry(cache.ProfileLayer(), entry), cache.ProfileLayer(), Entries.Pulse).Bytes.Should().BeInRange(100_000, 110_000);
    }

    [Fact]
    public async Task Limit_that_the_floor_makes_unreachable_is_said_once_and_again_when_it_is_changed()
    {
        await using var cache = With(new DiskOfSize(Floor + 500_000_000));

        await cache.Manager.CleanupAsync();
        await cache.Manager.CleanupAsync();
        cache.Log.Of(803).Should().ContainSingle().Which.Should().Contain("500");

        cache.Settings = cache.Settings with { MaxSize = 2_000_000_000 };
        await cache.Manager.CleanupAsync();
        cache.Settings = cache.Settings with { MaxSize = 400_000_000 };
        await cache.Manager.CleanupAsync();
        cache.Log.Of(803).Should().HaveCount(2);
    }

    [Fact]
    public async Task Limit_that_another_program_makes_unreachable_later_is_said_each_time_that_begins()
    {
        var disk = new DiskOfSize(Floor + 5_000_000_000);
        await using var cache = With(disk);
        await cache.Manager.CleanupAsync();
        cache.Log.Of(803).Should().BeEmpty("there is room enough");

        await FillAsync(Floor + 300_000_000);
        await FillAsync(Floor + 200_000_000);
        cache.Log.Of(803).Should().ContainSingle("it lasts");

        await FillAsync(Floor + 5_000_000_000);
        await FillAsync(Floor + 300_000_000);
        cache.Log.Of(803).Should().HaveCount(2, "it was over in between");

        async Task FillAsync(long left)
        {
            disk.Available = () => left;
            await cache.Manager.CleanupAsync();
        }
    }

    [Theory]
    [InlineData(DriveType.Ram, "tmpfs", 804)]
    [InlineData(DriveType.Network, "nfs", 805)]
    public async Task Place_that_is_no_local_disk_is_said_once(DriveType kind, string format, int eventId)
    {
        await using var cache = With(new DiskOfSize(1_000_000_000_000) { Kind = kind, Format = format });

        await cache.Manager.CleanupAsync();
        await cache.Manager.CleanupAsync();

        cache.Log.Of(eventId).Should().ContainSingle("both layers lie on it").Which.Should().Contain(format);
    }

    [MountFact("mount")]
    public async Task Real_tmpfs_is_known_as_one()
    {
        using var mount = Mount.Tmpfs(8);
        await using var cache = new TestCache(_ => CacheSettings.ForRoot(Path.Combine(mount.Path, "cache")));

        await cache.Manager.CleanupAsync();

        cache.Log.Of(804).Should().NotBeEmpty();
    }

    [MountFact("mount")]
    public void Real_file_system_says_what_it_has_in_bytes_and_inodes()
    {
        using var mount = Mount.Tmpfs(8);
        var before = FileSystem.Current.Disk(mount.Path);

        File.WriteAllBytes(Path.Combine(mount.Path, "file"), new byte[1 << 20]);

        var after = FileSystem.Current.Disk(mount.Path);
        after.TotalBytes.Should().Be(8 << 20);
        (before.AvailableBytes - after.AvailableBytes).Should().Be(1 << 20);
        (before.FreeInodes - after.FreeInodes).Should().Be(1);
        FileSystem.Current.KindOfDisk(mount.Path).Should().Be(new DiskKind("tmpfs", DriveType.Ram));
    }

    [Fact]
    public async Task Publish_asks_for_what_is_free_and_not_for_the_kind_of_disk()
    {
        var disk = new DiskOfSize(1_000_000_000_000);
        await using var cache = With(disk);
        await cache.Manager.CleanupAsync();
        var asked = disk.AskedForKind;

        (await new TestJob(cache, new FakeDownloader(Bytes.Random(20_000))).DownloadAsync()).Outcome.Should().Be(CacheOutcome.Miss);

        cache.Entries("sources").Should().ContainSingle();
        disk.AskedForKind.Should().Be(asked, "a machine may have thousands of mounts");
        asked.Should().BePositive();
    }

    private static TestCache With(DiskOfSize disk) =>
        new(settings => settings with { MinFreeSpace = new FreeSpaceFloor(Floor, null), MaxSize = 1_000_000_000 }, fileSystem: disk);

    private static void FileSystemLink(string existing, string link) =>
        FileSystem.Current.TryLink(existing, link).Should().BeTrue();
}
