using System.Collections.Concurrent;
using Microsoft.Win32.SafeHandles;
using SmartCache.Abstractions;
using SmartCache.Configuration;
using SmartCache.Space;
using SmartCache.Storage.Platform;
using SmartCache.Tests.Support;

namespace SmartCache.Tests.Space;

/// <summary>The account may say too much, and never too little: what it leaves out, another process fills.</summary>
public class AccountTests
{
    [Fact]
    public async Task Copy_that_another_job_stored_first_is_deleted_before_its_reservation_is_given_back()
    {
        var disk = new WatchedStaging();
        await using var cache = new TestCache(settings => settings with { Materialize = MaterializeMode.Copy }, fileSystem: disk);
        await QuotaTests.DownloadAsync(cache, 0, url: "one");
        disk.AtQuotaWrites.Clear();

        await QuotaTests.DownloadAsync(cache, 0, url: "two");

        disk.AtManifests.Should().Equal([1, 1], "the second was copied in too, before its entry was found");
        disk.AtQuotaWrites.Last().Should().Be(0, "the last write to the account gives the reservation back");
    }

    [Fact, Trait("Found", "M14b")]
    public async Task What_was_stored_counts_once_although_giving_back_its_reservation_fails_again_and_again()
    {
        await using var cache = new TestCache();
        await cache.Manager.CleanupAsync();
        using var quota = new LayerOf(cache.CacheRoot(), "quota");
        quota.Directory.EnsureOpen();
        var ledger = new SpaceLedger(quota.Directory, quota, new PartialsUsage(FileSystem.Current, TimeProvider.System, []));
        var before = ledger.Usage(Entries.Pulse).Counted!.Value;
        var request = new SpaceRequest(cache.Layer().Directory, 4000, 0);
        ledger.TryReserve(request, Entries.Pulse).Exists.Should().BeFalse();
        ledger.Owe(request, 3000);
        var own = Path.Combine(quota.Directory.Root, quota.Directory.WriterId + ".json");
        File.Delete(own);
        Directory.CreateDirectory(own);

        for (var attempt = 0; attempt < 3; attempt++)
        {
            ledger.Invoking(it => it.Settle(Entries.Pulse)).Should().Throw<Exception>();
        }

        Directory.Delete(own);
        ledger.Settle(Entries.Pulse);
        ledger.Usage(Entries.Pulse).Should().BeEquivalentTo(new { Counted = before + 3000, Reserved = 0 });
    }

    public enum Ask
    {
        Usage,
        Shortage,
        Count,
    }

    [Theory]
    [InlineData(Ask.Usage)]
    [InlineData(Ask.Shortage)]
    [InlineData(Ask.Count)]
    public async Task Reservation_that_could_not_be_given_back_is_with_the_next_look(Ask step)
    {
        await using var cache = new TestCache();
        await cache.Manager.CleanupAsync();
        using var quota = new LayerOf(cache.CacheRoot(), "quota");
        using var others = new LayerOf(cache.CacheRoot(), "quota");
        quota.Directory.EnsureOpen();
        others.Directory.EnsureOpen();
        var ledger = new SpaceLedger(quota.Directory, quota, new PartialsUsage(FileSystem.Current, TimeProvider.System, []));
        var other = new SpaceLedger(others.Directory, others, new PartialsUsage(FileSystem.Current, TimeProvider.System, []));
        var request = new SpaceRequest(cache.Layer().Directory, 4000, 0);
        ledger.TryReserve(request, Entries.Pulse).Exists.Should().BeFalse();
        ledger.Owe(request, 0);
        var own = Path.Combine(quota.Directory.Root, quota.Directory.WriterId + ".json");
        File.Move(own, own + ".kept");
        Directory.CreateDirectory(own);
        Look();
        Directory.Delete(own);
        File.Move(own + ".kept", own);
        other.Usage(Entries.Pulse).Reserved.Should().Be(4000, "it could not be given back");

        Look();

        other.Usage(Entries.Pulse).Reserved.Should().Be(0);

        void Look()
        {
            switch (step)
            {
                case Ask.Usage:
                    ledger.Usage(Entries.Pulse);
                    break;
                case Ask.Shortage:
                    ledger.Shortage(cache.Layer().Directory, null, Entries.Pulse);
                    break;
                default:
                    ledger.BeginCount(Entries.Pulse);
                    break;
            }
        }
    }

    [MountFact, Trait("Found", "M14b")]
    public async Task What_is_to_be_written_counts_for_the_disk_that_a_layer_is_a_link_to()
    {
        using var mount = Mount.Tmpfs(16);
        await using var cache = new TestCache();
        await cache.Manager.CleanupAsync();
        using var quota = new LayerOf(cache.CacheRoot(), "quota");
        quota.Current = quota.Current with { MinFreeSpace = new FreeSpaceFloor(0, null) };
        quota.Directory.EnsureOpen();
        using var sources = new LayerOf(Directory.CreateDirectory(Path.Combine(cache.Root, "other")).FullName);
        Directory.CreateSymbolicLink(sources.Directory.Root, mount.Path);
        var ledger = new SpaceLedger(quota.Directory, quota, new PartialsUsage(FileSystem.Current, TimeProvider.System, []));

        ledger.TryReserve(new SpaceRequest(sources.Directory, 0, 1 << 20), Entries.Pulse);

        ledger.Usage(Entries.Pulse).Writes.Keys.Should().Equal(Device(mount.Path));

        static string Device(string path) => FileSystem.Current.Stat(path)!.Value.Device.ToString(System.Globalization.CultureInfo.InvariantCulture);
    }

    [Fact]
    public async Task What_a_dead_worker_had_in_the_making_is_in_every_count()
    {
        await using var cache = new TestCache();
        await cache.Manager.CleanupAsync();
        var staged = Directory.CreateDirectory(Path.Combine(cache.Layer().Directory.Staging, Guid.NewGuid().ToString("N"), "1"));
        await File.WriteAllBytesAsync(Path.Combine(staged.FullName, "source.mp4"), Bytes.Random(700_000));

        // As after it was charged: the count takes that off again.
        await cache.Manager.Space.CountAsync(CancellationToken.None);

        (await UsedAsync(cache)).Should().BeGreaterThanOrEqualTo(700_000);
        await cache.Manager.CleanupAsync();
        (await UsedAsync(cache)).Should().BeLessThan(100_000);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Directories_of_an_entry_are_in_the_account(bool counted)
    {
        await using var cache = new TestCache();
        await cache.Manager.CleanupAsync();
        var before = await UsedAsync(cache);
        var encoder = new CachingProfileEncoder(new FakeEncoder { Segments = 1000, SegmentBytes = 100 }, cache.Manager);
        await File.WriteAllBytesAsync(cache.WorkPath("video.mp4"), Bytes.Random(100_000));
        await encoder.EncodeAsync(new EncodeRequest(new DownloadedVideo(cache.WorkPath("video.mp4"), 100_000), new EncodingProfile("720p"), cache.WorkPath("out")));
        await cache.Manager.FlushAsync();
        if (counted)
        {
            await cache.Manager.Space.CountAsync(CancellationToken.None);
        }

        var entry = cache.Entries("profiles").Single();
        var taken = Directory.GetFileSystemEntries(entry, "*", SearchOption.AllDirectories).Append(entry).Sum(static path => FileSystem.Current.Stat(path)!.Value.AllocatedBytes);
        (await UsedAsync(cache) - before).Should().BeGreaterThanOrEqualTo(taken);
    }

    [Fact]
    public async Task Index_and_its_successor_while_it_is_written_are_in_the_account()
    {
        await using var cache = new TestCache();
        await cache.Manager.CleanupAsync();
        await File.WriteAllBytesAsync(Path.Combine(cache.ProfileLayer().Directory.Root, "metadata.json"), Bytes.Random(500_000));
        await File.WriteAllBytesAsync(Path.Combine(cache.CacheRoot(), "quota", "tombstones"), Bytes.Random(300_000));

        await cache.Manager.Space.CountAsync(CancellationToken.None);

        (await UsedAsync(cache)).Should().BeInRange(1_300_000, 1_400_000);
    }

    [Fact]
    public async Task Records_that_cannot_be_counted_do_not_count_as_nothing()
    {
        var disk = new RecordsWithError();
        await using var cache = new TestCache(fileSystem: disk);
        cache.Put(Entries.Name, Bytes.Random(700_000));
        await File.WriteAllBytesAsync(Path.Combine(cache.CacheRoot(), "sources", "metadata.json"), Bytes.Random(500_000));
        await cache.Manager.Space.CountAsync(CancellationToken.None);
        var before = await UsedAsync(cache);

        disk.Fails = true;
        await cache.Manager.Space.CountAsync(CancellationToken.None);

        (await UsedAsync(cache)).Should().BeGreaterThanOrEqualTo(before);
    }

    [Fact]
    public async Task Entries_that_cannot_be_listed_do_not_count_as_none()
    {
        var disk = new UnlistableLayer();
        await using var cache = new TestCache(fileSystem: disk);
        cache.Put(Entries.Name, Bytes.Random(700_000));
        await cache.Manager.Space.CountAsync(CancellationToken.None);
        var before = await UsedAsync(cache);

        disk.FailsOnceAt = cache.Layer().Directory.Root;
        await cache.Manager.Space.CountAsync(CancellationToken.None);

        (await UsedAsync(cache)).Should().BeGreaterThanOrEqualTo(before);
    }

    [Fact]
    public async Task Records_that_cannot_be_counted_do_not_cost_the_entries()
    {
        await using var first = new TestCache(static settings => settings with { MaxSize = 2_000_000 });
        await first.Manager.CleanupAsync();
        for (var number = 0; number < 3; number++)
        {
            await QuotaTests.DownloadAsync(first, number, length: 500_000);
        }

        // Another worker, which has never been able to look.
        await File.WriteAllBytesAsync(Path.Combine(first.CacheRoot(), "sources", "metadata.json"), Bytes.Random(1000));
        await using var cache = new TestCache(static settings => settings with { MaxSize = 2_000_000 }, root: first.Root, fileSystem: new RecordsWithError { Fails = true });
        var before = cache.Entries("sources");
        await cache.Manager.Space.ReserveAsync(new SpaceRequest(cache.Layer().Directory, 1_000_000, 0), "one", CancellationToken.None);

        before.Should().HaveCount(3);
        cache.Entries("sources").Should().Equal(before);
    }

    [Fact]
    public async Task Disk_of_the_uploads_that_hangs_rests_no_other_layer()
    {
        using var disk = new UploadsThatHang();
        await using var cache = new TestCache(static settings => settings with { OperationTimeout = TimeSpan.FromSeconds(1) }, fileSystem: disk);
        await QuotaTests.DownloadAsync(cache, 0);
        await cache.Manager.CleanupAsync();
        await File.WriteAllBytesAsync(Path.Combine(cache.Settings.UploadsDirectory, UploadsThatHang.Hung), Bytes.Random(10));
        var before = await UsedAsync(cache);

        // As many as a layer lets wait for its disk, before it asks no more.
        for (var count = 0; count < 8; count++)
        {
            await cache.Manager.Space.CountAsync(CancellationToken.None);
        }

        cache.Layer().Boundary.Unavailable.Should().BeNull();
        (await UsedAsync(cache)).Should().BeGreaterThanOrEqualTo(before, "what was there counts as it was");
        cache.Log.Of(400).Should().NotBeEmpty().And.OnlyContain(static line => line.Contains("uploads", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Uploads_that_cannot_be_opened_cost_no_video_its_place()
    {
        await using var cache = new TestCache();
        cache.Layer().Directory.EnsureOpen();
        await File.WriteAllTextAsync(cache.Settings.UploadsDirectory, "no directory");

        await QuotaTests.DownloadAsync(cache, 0);

        cache.Entries("sources").Should().ContainSingle();
    }

    private static async Task<long> UsedAsync(TestCache cache) => (await cache.Manager.Space.UsageAsync(CancellationToken.None))!.Total;

    /// <summary>The real file system; notes how many videos lie in the staging of the sources, or on their way out of it, when certain files are written.</summary>
    private sealed class WatchedStaging : ForwardingFileSystem
    {
        public ConcurrentQueue<int> AtManifests { get; } = new();

        public ConcurrentQueue<int> AtQuotaWrites { get; } = new();

        public override SafeFileHandle CreateNew(string path, UnixFileMode? mode)
        {
            if (path.IndexOf("/sources/staging/", StringComparison.Ordinal) is > 0 and var sources && path.EndsWith("/manifest.json", StringComparison.Ordinal))
            {
                AtManifests.Enqueue(Videos(path[..sources]));
            }
            else if (path.IndexOf("/quota/", StringComparison.Ordinal) is > 0 and var quota)
            {
                AtQuotaWrites.Enqueue(Videos(path[..quota]));
            }

            return base.CreateNew(path, mode);
        }

        private static int Videos(string cache) => Videos(cache, "staging") + Videos(cache, "trash");

        private static int Videos(string cache, string name) =>
            Path.Combine(cache, "sources", name) is var directory && Directory.Exists(directory) ? Directory.GetFiles(directory, "*.mp4", SearchOption.AllDirectories).Length : 0;
    }

    /// <summary>The real file system, on which the look at one file of the uploads does not come back.</summary>
    private sealed class UploadsThatHang : ForwardingFileSystem, IDisposable
    {
        public const string Hung = "hung";

        private readonly ManualResetEventSlim _answers = new(false);

        public override FileFacts? Stat(string path)
        {
            if (Path.GetFileName(path) == Hung)
            {
                _answers.Wait();
            }

            return base.Stat(path);
        }

        public void Dispose() => _answers.Set();
    }

    /// <summary>The real file system, on which the index cannot be looked at.</summary>
    private sealed class RecordsWithError : ForwardingFileSystem
    {
        public bool Fails { get; set; }

        public override FileFacts? Stat(string path) =>
            Fails && Path.GetFileName(path) == "metadata.json" ? throw new IOException("the disk is tired") : base.Stat(path);
    }

    /// <summary>The real file system, on which a layer's directory cannot be looked at, once.</summary>
    private sealed class UnlistableLayer : ForwardingFileSystem
    {
        public string? FailsOnceAt { get; set; }

        public override bool DirectoryExists(string path) => !FailsAt(path) && base.DirectoryExists(path);

        public override IEnumerable<string> ListDirectories(string directory) =>
            FailsAt(directory) ? throw new UnauthorizedAccessException("not for you") : base.ListDirectories(directory);

        private bool FailsAt(string path)
        {
            var fails = path == FailsOnceAt;
            FailsOnceAt = fails ? null : FailsOnceAt;
            return fails;
        }
    }
}
