using System.Diagnostics;
using Microsoft.Win32.SafeHandles;
using SmartCache.Configuration;
using SmartCache.Diagnostics;
using SmartCache.Eviction;
using SmartCache.Hosting;
using SmartCache.Layers;
using SmartCache.Sources;
using SmartCache.Space;
using SmartCache.Storage;
using SmartCache.Storage.Platform;
using SmartCache.Tests.Support;

namespace SmartCache.Tests.Space;

/// <summary>What goes wrong while room is made is a refusal, never a fault of the job, and never the end of the cache.</summary>
public class RoomTests
{
    private const long Floor = 100_000_000;

    [Theory]
    [InlineData(50_000_000, 1_000_000_000, "the disk has no room for it")]
    [InlineData(900_000, 1_000_000, "others have reserved the rest")]
    public async Task Newcomer_that_would_not_fit_into_an_empty_cache_drives_nothing_out(long bytes, long maxSize, string because)
    {
        var disk = new DiskOfSize(0);
        await using var cache = new TestCache(settings => settings with { MinFreeSpace = new FreeSpaceFloor(Floor, null), MaxSize = maxSize }, fileSystem: disk);
        disk.Available = () => Floor + 2_000_000 - QuotaTests.Used(cache);
        for (var i = 0; i < 3; i++)
        {
            cache.Put(Entries.NameOf(i), Bytes.Random(100_000, i));
        }

        await cache.Manager.CleanupAsync();
        await using var others = await cache.Manager.Space.ReserveAtOnceAsync(new(cache.Layer().Directory, 500_000, 0), CancellationToken.None);
        var newcomer = EntrySpace.Newcomer(Entries.NameOf(9), EntryKind.Source, bytes, TimeSpan.FromMinutes(1), "job", DateTimeOffset.UtcNow);

        (await cache.Manager.Space.ReserveAsync(new(cache.Layer().Directory, bytes, bytes) { Newcomer = newcomer }, "new", CancellationToken.None)).Reserved.Should().BeNull();

        cache.Names().Should().HaveCount(3, because);
        cache.Log.Of(800).Should().ContainSingle().Which.Should().Contain("in use, or would free nothing");
    }

    [Fact]
    public async Task Newcomer_that_would_not_fit_does_not_keep_a_crossed_limit_from_being_kept()
    {
        var disk = new DiskOfSize(0);
        await using var cache = new TestCache(settings => settings with { MinFreeSpace = new FreeSpaceFloor(Floor, null) }, fileSystem: disk);
        var others = 0L;
        disk.Available = () => Floor + 2_000_000 - QuotaTests.Used(cache) - others;
        for (var i = 0; i < 5; i++)
        {
            cache.Put(Entries.NameOf(i), Bytes.Random(100_000, i));
        }

        await cache.Manager.CleanupAsync();
        others = disk.Available() - Floor + 150_000;

        (await cache.Manager.Space.ReserveAsync(new(cache.Layer().Directory, 50_000_000, 50_000_000), "new", CancellationToken.None)).Reserved.Should().BeNull();

        disk.Available().Should().BeGreaterThanOrEqualTo(Floor);
    }

    [Fact]
    public async Task Retry_that_is_expected_at_the_end_of_time_does_not_end_evicting()
    {
        await using var cache = new TestCache(settings => settings with { MaxSize = 1_000_000 });
        await QuotaTests.DownloadAsync(cache, 0, length: 800_000, job: "patient");
        await cache.Manager.ExpectRetryAsync("patient", DateTimeOffset.MaxValue);

        await using (var made = await cache.Manager.Sources.GetOrAddAsync(
            SourceKey.From(new DownloadRequest(TestJob.Url, "/x")), static (path, token) => File.WriteAllBytesAsync(path, Bytes.Random(800_000, 1), token)))
        {
            File.Exists(made.Path).Should().BeTrue("the job gets its file");
        }

        cache.Settings = cache.Settings with { MaxSize = 1_000_000 / 2 };
        (await cache.Manager.Cleaner.RelieveAsync(CancellationToken.None)).Should().Be(1);
    }

    [Fact]
    public async Task Fault_while_room_is_made_is_a_refusal_and_told_once()
    {
        await using var cache = new TestCache();
        using var meter = new CacheMeter();
        using var quota = new LayerDirectory("quota", Path.Combine(cache.CacheRoot(), "quota"), () => cache.Manager.Settings.Current, FileSystem.Current);
        var boundary = new CacheBoundary(quota, cache.Manager.Settings, new FaultLog(cache.Log, meter, TimeProvider.System), TimeProvider.System);
        using var keeper = new SpaceKeeper(new SpaceLedger(quota, cache.Manager.Settings, new PartialsUsage(FileSystem.Current, TimeProvider.System, [])), boundary, new FailingRoom(), cache.Log);
        var store = cache.Manager.SourceStore;
        var sources = new SourceCache(new SourceStore(store.Catalog, keeper, store.Content, new SourceProbe(null, TimeProvider.System, cache.Log)));

        for (var i = 1; i < 4; i++)
        {
            var content = Bytes.Random(80_000, i);
            await using var made = await sources.GetOrAddAsync(
                SourceKey.From(new DownloadRequest($"{TestJob.Url}{i}", "/x")), (path, token) => File.WriteAllBytesAsync(path, content, token));
            (await File.ReadAllBytesAsync(made.Path)).Should().Equal(content);
        }

        cache.Names().Should().BeEmpty();
        cache.Log.Of(400).Should().ContainSingle().Which.Should().Contain("make room");
    }

    [Fact]
    public async Task Policy_whose_name_throws_later_fails_no_job()
    {
        var policy = new FailingPolicy();
        await using var cache = new TestCache(
            settings => settings with { MaxSize = 1_000_000, EvictionPolicy = "BROKEN" },
            with: services => services with { Policies = new EvictionPolicyCatalog([policy]) });
        await QuotaTests.DownloadAsync(cache, 0, length: 800_000);
        policy.Fails = true;

        (await QuotaTests.DownloadAsync(cache, 0, length: 800_000)).Outcome.Should().Be(CacheOutcome.Hit);
        (await QuotaTests.DownloadAsync(cache, 1, length: 800_000)).Outcome.Should().Be(CacheOutcome.Miss);
        (await QuotaTests.DownloadAsync(cache, 1, length: 800_000)).Outcome.Should().Be(CacheOutcome.Hit);
    }

    [Fact]
    public async Task Reservation_that_comes_after_it_was_given_up_is_given_back()
    {
        var clock = new DrivenTime();
        using var disk = new SlowQuota();
        await using var cache = new TestCache(time: clock, fileSystem: disk);
        await cache.Manager.CleanupAsync();
        var request = new SpaceRequest(cache.Layer().Directory, 5_000_000, 0);
        disk.IsSlow = true;
        var given = cache.Manager.Space.ReserveAtOnceAsync(request, CancellationToken.None).AsTask();
        await disk.Reached.WaitAsync(HangGuard.Limit);
        await clock.WaiterAsync(TimeSpan.FromSeconds(10));
        clock.Advance(TimeSpan.FromSeconds(11));
        (await given.Guarded()).Should().BeNull();

        disk.IsSlow = false;
        disk.GoOn.Set();

        // Each of these steps enters what is owed by then; the late result is thrown away on a thread of its own.
        long reserved = -1;
        for (var began = Stopwatch.GetTimestamp(); reserved != 0 && Stopwatch.GetElapsedTime(began) < HangGuard.Limit;)
        {
            await (await cache.Manager.Space.ReserveAtOnceAsync(new SpaceRequest(cache.Layer().Directory, 1, 0), CancellationToken.None))!.DisposeAsync();
            reserved = (await cache.Manager.Space.UsageAsync(CancellationToken.None))!.Reserved;
        }

        reserved.Should().Be(0);
    }

    [Fact]
    public async Task Entries_of_a_newer_version_are_left_alone_and_counted()
    {
        await using var cache = new TestCache(settings => settings with { MaxSize = 1_000_000 });
        await QuotaTests.DownloadAsync(cache, 0, length: 700_000);
        var manifest = cache.ManifestOf(cache.Names()[0]);
        await File.WriteAllTextAsync(cache.WorkPath("newer"), """{"version":2,"other":"fields"}""");
        File.Move(cache.WorkPath("newer"), manifest, overwrite: true);

        await cache.Manager.CleanupAsync();
        await QuotaTests.DownloadAsync(cache, 1, length: 700_000);

        (await cache.Manager.GetStatisticsAsync()).Space!.UsedBytes.Should().BeInRange(700_000, 1_000_000);
        File.Exists(manifest).Should().BeTrue();
        QuotaTests.Used(cache).Should().BeLessThan(1_000_000);
    }

    [Fact]
    public async Task Absurd_sizes_in_a_damaged_index_are_measured_anew()
    {
        await using var cache = new TestCache();
        cache.Put(Entries.NameOf(0), Bytes.Random(100_000, 0));
        cache.Put(Entries.NameOf(1), Bytes.Random(100_000, 1));
        await cache.Manager.CleanupAsync();
        var index = Path.Combine(cache.Layer().Directory.Root, "metadata.json");
        await File.WriteAllTextAsync(index, System.Text.RegularExpressions.Regex.Replace(await File.ReadAllTextAsync(index), "\"bytes\": \\d+", $"\"bytes\": {long.MaxValue}"));
        await using var next = new TestCache(root: cache.Root);

        (await next.Manager.CleanupAsync()).BytesAfter.Should().BeInRange(200_000, 300_000);
    }

    [Fact]
    public async Task Entry_whose_manifest_got_the_inode_of_its_predecessor_is_measured_anew()
    {
        await using var cache = new TestCache(fileSystem: new OneInodeForAllManifests());
        cache.Put(Entries.Name, Bytes.Random(10_000));
        (await cache.Manager.CleanupAsync()).BytesAfter.Should().BeLessThan(30_000);
        await cache.Manager.ClearAsync();
        cache.Put(Entries.Name, Bytes.Random(90_000));

        (await cache.Manager.CleanupAsync()).BytesAfter.Should().BeGreaterThan(90_000);
    }

    [Fact]
    public async Task Clean_up_that_fails_is_tried_again_after_a_pause()
    {
        var clock = new DrivenTime();
        var failing = new ClockThatFails();
        await using var cache = new TestCache(settings => settings with { MaxSize = 1_000_000 }, time: failing);
        for (var i = 0; i < 10; i++)
        {
            cache.Put(Entries.NameOf(i), Bytes.Random(200_000, i));
        }

        using var service = new CacheMaintenanceService(cache.Manager, clock, cache.Log);
        failing.Fails = true;

        await service.StartAsync(CancellationToken.None);
        await clock.WaiterAsync(TimeSpan.FromSeconds(5));
        failing.Fails = false;

        cache.Log.Of(503).Should().ContainSingle();
        await service.StopAsync(CancellationToken.None);
    }

    /// <summary>As ext4 often does with a file that is made right after another one was deleted.</summary>
    private sealed class OneInodeForAllManifests : ForwardingFileSystem
    {
        public override FileFacts? Stat(string path) =>
            base.Stat(path) is { } facts ? path.EndsWith("manifest.json", StringComparison.Ordinal) ? facts with { Inode = 4711 } : facts : null;
    }

    private sealed class FailingRoom : IRoom
    {
        public JobNeeds? Needs => null;

        public ValueTask<SpaceRefusal> MakeAsync(SpaceRequest request, CancellationToken cancellationToken) => throw new InvalidOperationException("no room today");

        public ValueTask LearnNeedsAsync(CancellationToken cancellationToken) => CountOnceAsync(cancellationToken);

        public ValueTask CountAsync(CancellationToken cancellationToken) => ValueTask.CompletedTask;

        public ValueTask CountOnceAsync(CancellationToken cancellationToken) => ValueTask.CompletedTask;
    }

    /// <summary>What is called outside of every boundary.</summary>
    private sealed class ClockThatFails : TimeProvider
    {
        public bool Fails { get; set; }

        public override DateTimeOffset GetUtcNow() => Fails ? throw new InvalidOperationException("no time today") : base.GetUtcNow();
    }

    private sealed class FailingPolicy : IEvictionPolicy
    {
        public bool Fails { get; set; }

        public string Name => Fails ? throw new InvalidOperationException("no name today") : "BROKEN";

        public void Rank(ReadOnlySpan<EvictionCandidate> candidates, DateTimeOffset now, Span<double> ranks) => ranks.Clear();
    }

    /// <summary>The real file system, on which the account hangs when it is to be written.</summary>
    private sealed class SlowQuota : ForwardingFileSystem, IDisposable
    {
        public bool IsSlow { get; set; }

        public SemaphoreSlim Reached { get; } = new(0);

        public ManualResetEventSlim GoOn { get; } = new(false);

        public override SafeFileHandle CreateNew(string path, UnixFileMode? mode)
        {
            if (IsSlow && path.Contains("/quota/", StringComparison.Ordinal))
            {
                Reached.Release();
                GoOn.Wait(HangGuard.Limit);
            }

            return base.CreateNew(path, mode);
        }

        public void Dispose()
        {
            GoOn.Set();
            Reached.Dispose();
            GoOn.Dispose();
        }
    }
}
