using System.Globalization;
using Microsoft.Win32.SafeHandles;
using SmartCache.Abstractions;
using SmartCache.Configuration;
using SmartCache.Storage.Platform;
using SmartCache.Tests.Support;

namespace SmartCache.Tests.Space;

/// <summary>A disk that is full, of bytes or of files: what a job is refused today it gets on its next try, because the cache gives way.</summary>
[Trait("Found", "M14")]
public sealed class FullDiskTests : IDisposable
{
    private const int Edquot = 122;
    private const int Enospc = 28;
    private const int Jobs = 20;
    private readonly DirectoryInfo _root = Directory.CreateTempSubdirectory("smartcache-full-");

    [MountFact("mkfs.ext4")]
    public async Task Disk_of_400_inodes_serves_twenty_jobs_and_always_keeps_its_floor()
    {
        using var mount = Mount.Image("ext4", 60, null, "-N", "400");
        await using var cache = On(mount);
        for (var number = 0; number < Jobs; number++)
        {
            await RunAsync(cache, number);
            FileSystem.Current.Disk(mount.Path).FreeInodes.Should().BeGreaterThanOrEqualTo(FreeInodeFloor.Least);
        }

        FileSystem.Current.Disk(mount.Path).TotalInodes.Should().BeLessThan(500, "else this tests nothing");
        (await RunAsync(cache, Jobs - 1)).Should().Be(CacheOutcome.Hit, "the newest is kept");
    }

    [MountTheory("mkfs.ext4")]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Job_that_a_disk_full_of_others_files_refuses_succeeds_on_its_next_try(bool ofInodes)
    {
        using var mount = Mount.Image("ext4", 60, null, "-N", "400", "-m", "0");
        await using var cache = On(mount);
        var entries = ofInodes ? 40 : 8;
        for (var number = 0; number < entries; number++)
        {
            cache.Put(Entries.NameOf(number), Bytes.Random(ofInodes ? 10_000 : 2_000_000, number));
        }

        await cache.Manager.CleanupAsync();
        Filler.Fill(mount.Path, ofInodes);

        // Without inodes the cache's own lock meets it first, and gives way while the job goes on.
        var refusal = await Record.ExceptionAsync(() => RunAsync(cache, 1));
        (refusal is IOException { HResult: Enospc } || (refusal is null && ofInodes)).Should().BeTrue("{0}", refusal);
        await cache.Manager.FlushAsync();
        (await RunAsync(cache, 1)).Should().Be(CacheOutcome.Miss);

        cache.Log.Of(809).Should().ContainSingle();
        cache.Names().Intersect(Enumerable.Range(0, entries).Select(Entries.NameOf)).Should().NotBeEmpty("it gives way, and does not give up");
    }

    [MountFact("mount")]
    public async Task Quota_that_a_stage_meets_makes_room_once_in_thirty_seconds_over_all_processes_and_its_exception_goes_on()
    {
        using var mount = Mount.Tmpfs(40); // Where nobody else frees anything meanwhile.
        var clock = new DrivenTime();
        await using var one = Quota(clock, mount.Path);
        await using var two = Quota(clock, mount.Path);
        for (var number = 0; number < 10; number++)
        {
            one.Put(Entries.NameOf(number), Bytes.Random(100_000, number));
        }

        await FailAsync(one);
        one.Names().Should().HaveCount(8, "a tenth of the bytes, which is more than one entry without its manifest");
        await FailAsync(two);
        await FailAsync(one);
        one.Names().Should().HaveCount(8);

        clock.Advance(TimeSpan.FromSeconds(31));
        await FailAsync(two);
        one.Names().Should().HaveCount(7);
    }

    [MountFact("mount")]
    public async Task Full_disk_that_the_cache_does_not_lie_on_costs_it_nothing()
    {
        using var mount = Mount.Tmpfs(1);
        await using var cache = Quota(TimeProvider.System, _root.FullName);
        cache.Put(Entries.NameOf(0), Bytes.Random(100_000));

        await FailAsync(cache, mount.Path);

        cache.Names().Should().ContainSingle();
    }

    [MountFact("mount")]
    public async Task Quota_that_the_cache_itself_meets_makes_room_for_the_next_entry()
    {
        using var mount = Mount.Tmpfs(40); // Where nobody else frees anything meanwhile.
        var disk = new FullForCopies();
        await using var cache = new TestCache(settings => settings with { Materialize = MaterializeMode.Copy, MinFreeSpace = new FreeSpaceFloor(0, null) }, root: mount.Path, fileSystem: disk);
        for (var number = 0; number < 5; number++)
        {
            cache.Put(Entries.NameOf(number), Bytes.Random(100_000, number));
        }

        disk.IsFull = true;
        (await QuotaTests.DownloadAsync(cache, 90)).Outcome.Should().Be(CacheOutcome.Miss);
        disk.IsFull = false;

        await cache.Manager.FlushAsync();
        cache.Names().Should().HaveCount(4).And.OnlyContain(name => name.StartsWith("000", StringComparison.Ordinal), "one went, and the new one was not stored");
        await QuotaTests.DownloadAsync(cache, 90);
        (await QuotaTests.DownloadAsync(cache, 90)).Outcome.Should().Be(CacheOutcome.Hit);
    }

    [Theory]
    [InlineData(400, null, 5.0, 64)]
    [InlineData(100_000, null, 5.0, 5_000)]
    [InlineData(100_000, 1_000L, null, 1_000)]
    [InlineData(0, 1_000L, null, 0)]
    public void Floor_of_inodes_is_a_share_or_a_number_and_never_less_than_64_where_there_is_any(long inodes, long? count, double? percent, long floor) =>
        new FreeInodeFloor(count, percent).On(inodes).Should().Be(floor);

    [Fact]
    public void Full_is_what_says_so_by_its_number_at_any_depth()
    {
        DiskError.IsFull(new IOException("", Enospc)).Should().BeTrue();
        DiskError.IsFull(new InvalidOperationException("", new AggregateException(new ArgumentException(), new IOException("", Edquot)))).Should().BeTrue();
        DiskError.IsFull(new IOException("No space left on device")).Should().BeFalse();
        DiskError.IsFull(new UnauthorizedAccessException("", new IOException("", 13))).Should().BeFalse();
    }

    public void Dispose() => _root.Delete(recursive: true);

    private static TestCache On(Mount mount) => new(
        settings => settings with { MinFreeSpace = new FreeSpaceFloor(0, null) }, root: mount.Path);

    private static TestCache Quota(TimeProvider clock, string root) => new(
        settings => settings with { MinFreeSpace = new FreeSpaceFloor(0, null) }, root: root, time: clock);

    /// <summary>A whole job on a disk that it shares with the cache; its work directory is removed whatever happens.</summary>
    private static async Task<CacheOutcome> RunAsync(TestCache cache, int number)
    {
        try
        {
            Directory.CreateDirectory(cache.Work);
            var job = new TestJob(cache, new FakeDownloader(Bytes.Random(500_000, 1000 + number)));
            var video = await job.DownloadAsync(job.Request(url: string.Create(CultureInfo.InvariantCulture, $"{TestJob.Url}?{number}")) with { JobId = $"job-{number}" });
            return (await job.EncodeAsync(video)).Outcome;
        }
        finally
        {
            await cache.Manager.FlushAsync();
            Directory.Delete(cache.Work, recursive: true);
        }
    }

    private static async Task FailAsync(TestCache cache, string? directory = null)
    {
        var full = new IOException("Disk quota exceeded", Edquot);
        var downloader = new CachingVideoDownloader(new FakeDownloader(_ => throw full), cache.Manager);
        var request = new DownloadRequest(TestJob.Url, Path.Combine(directory ?? cache.Work, "video.mp4"));

        (await FluentActions.Awaiting(() => downloader.DownloadAsync(request)).Should().ThrowAsync<IOException>()).Which.Should().BeSameAs(full);
        await cache.Manager.FlushAsync();
    }

    /// <summary>A user's quota, which no figure of the disk shows, that a copy meets.</summary>
    private sealed class FullForCopies : ForwardingFileSystem
    {
        public bool IsFull { get; set; }

        public override SafeFileHandle CreateNew(string path, UnixFileMode? mode) =>
            IsFull && path.Contains("/sources/staging/", StringComparison.Ordinal) ? throw new IOException("Disk quota exceeded", Edquot) : base.CreateNew(path, mode);
    }
}
