using SmartCache.Storage;
using SmartCache.Storage.Platform;
using SmartCache.Tests.Support;

namespace SmartCache.Tests.Space;

public class QuotaTests
{
    private const int Video = 100_000;
    private const int Taken = 102_400 + 4096;

    [Fact]
    public async Task Newcomer_takes_the_place_of_what_was_used_longest_ago_before_it_is_stored()
    {
        await using var cache = new TestCache(settings => settings with { MaxSize = 1_000_000 });
        for (var i = 0; i < 12; i++)
        {
            await DownloadAsync(cache, i);
            Used(cache).Should().BeLessThanOrEqualTo(1_000_000);
            Age(cache);
        }

        (await DownloadAsync(cache, 11)).Outcome.Should().Be(CacheOutcome.Hit, "the newest is there");
        (await DownloadAsync(cache, 0)).Outcome.Should().Be(CacheOutcome.Miss, "the oldest made room");
        cache.Names().Count.Should().BeInRange(6, 9);
    }

    [Fact]
    public async Task Entry_larger_than_the_limit_is_refused_and_flushes_nothing()
    {
        await using var cache = new TestCache(settings => settings with { MaxSize = 1_000_000 });
        await DownloadAsync(cache, 0);

        await DownloadAsync(cache, 1, length: 990_000);
        await DownloadAsync(cache, 2, length: 1_100_000);

        cache.Names().Should().ContainSingle();
        cache.Log.Of(800).Should().ContainSingle().Which.Should().Contain("more than MaxSize");
        cache.Log.Of(108).Should().ContainSingle();
    }

    [Fact]
    public async Task Entry_for_which_everything_leased_would_have_to_go_is_refused_and_the_job_goes_on()
    {
        await using var cache = new TestCache(settings => settings with { MaxSize = 1_000_000 });
        await DownloadAsync(cache, 0, length: 800_000);
        using var lease = cache.TryLease(cache.Names()[0], out _);

        (await DownloadAsync(cache, 1, length: 800_000)).Outcome.Should().Be(CacheOutcome.Miss);

        cache.Names().Should().ContainSingle();
        cache.Log.Of(800).Should().ContainSingle().Which.Should().Contain("in use");
    }

    [Fact]
    public async Task Newcomer_of_no_job_does_not_drive_out_what_an_unfinished_job_needs()
    {
        await using var cache = new TestCache(settings => settings with { MaxSize = 1_000_000 });
        await DownloadAsync(cache, 0, length: 800_000, job: "unfinished");

        await DownloadAsync(cache, 1, length: 800_000);

        (await DownloadAsync(cache, 0, length: 800_000)).Outcome.Should().Be(CacheOutcome.Hit);
        cache.Log.Of(800).Should().ContainSingle().Which.Should().Contain("needed more");
        cache.Log.Of(807).Should().ContainSingle("the limit is smaller than what the jobs need at once")
            .Which.Should().Contain("nothing is evicted for it").And.Contain("MaxSize (1000000 bytes)");
        cache.Log.Of(806).Should().BeEmpty();
    }

    [Fact]
    public async Task Reservations_of_all_processes_count()
    {
        await using var one = new TestCache(settings => settings with { MaxSize = 1_000_000 });
        await using var other = new TestCache(settings => settings with { MaxSize = 1_000_000 }, root: one.Root);
        await one.Manager.CleanupAsync();
        await using var held = (await one.Manager.Space.ReserveAsync(new(one.Layer().Directory, 700_000, 700_000), "a", CancellationToken.None)).Reserved;

        (await other.Manager.Space.ReserveAsync(new(other.Layer().Directory, 400_000, 400_000), "b", CancellationToken.None)).Reserved.Should().BeNull();
        other.Log.Of(800).Should().ContainSingle();

        await held!.DisposeAsync();
        await using var now = (await other.Manager.Space.ReserveAsync(new(other.Layer().Directory, 400_000, 400_000), "b", CancellationToken.None)).Reserved;
        now.Should().NotBeNull();
    }

    [Fact]
    public async Task What_a_killed_process_had_reserved_is_charged_until_the_disk_is_counted()
    {
        await using var cache = new TestCache(settings => settings with { MaxSize = 1_000_000 });
        await cache.Manager.CleanupAsync();
        using (var worker = StorageWorker.Start("reserve", cache.CacheRoot(), "700000"))
        {
            (await worker.ReadLineAsync()).Should().Be("reserved");
            (await UsageAsync(cache)).ReservedBytes.Should().Be(700_000);
            await worker.KillAsync();
        }

        var charged = await UsageAsync(cache);
        charged.ReservedBytes.Should().Be(0);
        charged.UsedBytes.Should().BeGreaterThanOrEqualTo(700_000, "it may have died right after it published");

        // The count that a shortage begins with puts it right.
        await using var granted = (await cache.Manager.Space.ReserveAsync(new(cache.Layer().Directory, 900_000, 0), "a", CancellationToken.None)).Reserved;
        granted.Should().NotBeNull();
    }

    [Fact]
    public async Task Clean_up_takes_away_what_a_killed_process_left_in_the_account()
    {
        await using var cache = new TestCache();
        using (var worker = StorageWorker.Start("reserve", cache.CacheRoot(), "700000"))
        {
            (await worker.ReadLineAsync()).Should().Be("reserved");
            await worker.KillAsync();
        }

        var quota = Path.Combine(cache.CacheRoot(), "quota");
        Directory.GetDirectories(Path.Combine(quota, "staging")).Should().ContainSingle();

        await cache.Manager.CleanupAsync();

        Directory.GetFiles(quota).Should().Equal(Path.Combine(quota, "account.json"));
        Directory.GetDirectories(Path.Combine(quota, "staging")).Should().ContainSingle("this process lives");
        Directory.GetFiles(Path.Combine(quota, "locks"), "writer-*").Should().ContainSingle();
        (await UsageAsync(cache)).UsedBytes.Should().BeLessThan(100_000);
    }

    [Fact]
    public async Task Layer_that_cannot_be_scanned_is_not_counted_as_empty()
    {
        var disk = new DiskWithoutSources();
        await using var cache = new TestCache(settings => settings with { MaxSize = 1_000_000 }, fileSystem: disk);
        await DownloadAsync(cache, 0, length: 700_000);
        var before = (await UsageAsync(cache)).UsedBytes;
        disk.IsBroken = true;

        await cache.Manager.CleanupAsync();
        disk.IsBroken = false;

        (await UsageAsync(cache)).UsedBytes.Should().BeGreaterThanOrEqualTo(before);
    }

    /// <summary>The layer is a directory no more; what another layer holds is counted, and its jobs are stored.</summary>
    [Fact]
    [Trait("Found", "M9")]
    public async Task Layer_that_cannot_be_opened_keeps_no_other_layer_from_being_counted()
    {
        await using var cache = new TestCache(settings => settings with { MaxSize = 1_000_000 });
        var profiles = cache.ProfileLayer().Directory.Root;
        cache.Layer().Directory.EnsureOpen();
        await File.WriteAllTextAsync(profiles, "no directory");

        await DownloadAsync(cache, 0, length: 700_000);

        cache.Entries("sources").Should().ContainSingle();
        (await UsageAsync(cache)).UsedBytes.Should().BeGreaterThan(700_000);
    }

    /// <summary>As after a rest, or on a disk that has a byte for the layer's locks again: what lay there was counted in another way.</summary>
    [Fact]
    public async Task Layer_that_opens_again_in_the_middle_of_a_clean_up_stays_counted()
    {
        var disk = new SourcesClosedUntilCounted();
        await using var cache = new TestCache(fileSystem: disk);
        cache.Put(Entries.NameOf(0), Bytes.Random(700_000));
        Entries.Publish(cache.ProfileLayer(), $"{Entries.NameOf(1)}_{Entries.NameOf(2)}", null, ("source.bin", Bytes.Random(5_000)))!.Dispose();
        await cache.Manager.CleanupAsync();
        var profile = cache.Entries("profiles").Should().ContainSingle().Subject;
        File.SetLastWriteTimeUtc(Path.Combine(profile, "manifest.json"), DateTime.UtcNow.AddDays(-3));
        disk.Closed = cache.Layer().Entries.PathOf(Entries.NameOf(0));

        await cache.Manager.CleanupAsync();

        disk.Closed.Should().BeNull("what lies there was counted");
        cache.Entries("profiles").Should().BeEmpty();
        (await UsageAsync(cache)).UsedBytes.Should().BeGreaterThan(700_000);
        (await File.ReadAllTextAsync(Path.Combine(cache.Layer().Directory.Root, "metadata.json"))).Should().Contain(Entries.NameOf(0));
    }

    [Fact]
    public async Task Lowered_limit_takes_effect_in_the_running_cache()
    {
        await using var cache = new TestCache(settings => settings with { MaxSize = 2_000_000 });
        for (var i = 0; i < 10; i++)
        {
            await DownloadAsync(cache, i);
            Age(cache);
        }

        (await cache.Manager.IsOverLimitAsync(CancellationToken.None)).Should().BeFalse();
        cache.Settings = cache.Settings with { MaxSize = 500_000 };
        (await cache.Manager.IsOverLimitAsync(CancellationToken.None)).Should().BeTrue();

        await cache.Manager.Cleaner.RelieveAsync(CancellationToken.None);

        Used(cache).Should().BeLessThanOrEqualTo(500_000);
        (await cache.Manager.IsOverLimitAsync(CancellationToken.None)).Should().BeFalse();
    }

    [Theory]
    [InlineData("not json")]
    [InlineData("{}")]
    [InlineData("null")]
    public async Task Damaged_account_is_counted_anew(string damaged)
    {
        await using var cache = new TestCache(settings => settings with { MaxSize = 1_000_000 });
        await DownloadAsync(cache, 0);
        await File.WriteAllTextAsync(AccountOf(cache), damaged);

        await DownloadAsync(cache, 1);

        cache.Names().Should().HaveCount(2);
        (await UsageAsync(cache)).UsedBytes.Should().BeInRange(2 * Taken, 2 * Taken + 100_000);
    }

    [Fact]
    public async Task Account_of_a_newer_version_is_left_alone_and_nothing_is_stored()
    {
        await using var cache = new TestCache();
        await cache.Manager.CleanupAsync();
        const string newer = """{"version":2,"blocks":17}""";
        await File.WriteAllTextAsync(AccountOf(cache), newer);

        (await DownloadAsync(cache, 0)).Outcome.Should().Be(CacheOutcome.Miss);

        cache.Names().Should().BeEmpty();
        (await File.ReadAllTextAsync(AccountOf(cache))).Should().Be(newer);
        cache.Log.Of(400).Should().ContainSingle().Which.Should().Contain("newer version");
    }

    [Fact]
    public async Task Entry_that_is_stored_already_is_not_counted_twice()
    {
        await using var cache = new TestCache();
        await DownloadAsync(cache, 0, url: "one");
        var before = (await UsageAsync(cache)).UsedBytes;

        await DownloadAsync(cache, 0, url: "two");

        cache.Names().Should().ContainSingle();
        (await UsageAsync(cache)).UsedBytes.Should().Be(before);
    }

    [Fact]
    public async Task Partial_downloads_count_as_they_grow()
    {
        await using var cache = new TestCache();
        await cache.Manager.CleanupAsync();
        var before = (await UsageAsync(cache)).UsedBytes;
        Directory.CreateDirectory(cache.Manager.SourceStore.Catalog.PartialsDirectory);
        await File.WriteAllBytesAsync(Path.Combine(cache.Manager.SourceStore.Catalog.PartialsDirectory, "p"), Bytes.Random(500_000));

        (await UsageAsync(cache)).UsedBytes.Should().BeGreaterThanOrEqualTo(before + 500_000);
    }

    [Fact]
    public async Task Partial_that_nobody_goes_on_with_goes_before_any_entry()
    {
        await using var cache = new TestCache(settings => settings with { MaxSize = 1_000_000 });
        await DownloadAsync(cache, 0);
        var partials = cache.Manager.SourceStore.Catalog.PartialsDirectory;
        cache.Layer().Directory.EnsureOpen();
        Directory.CreateDirectory(partials);
        await File.WriteAllBytesAsync(Path.Combine(partials, Entries.NameOf(1)), Bytes.Random(600_000));
        await File.WriteAllBytesAsync(Path.Combine(partials, Entries.NameOf(2)), Bytes.Random(100_000));
        File.SetLastWriteTimeUtc(Path.Combine(partials, Entries.NameOf(1)), DateTime.UtcNow.AddHours(-2));

        await DownloadAsync(cache, 1, length: 300_000);

        cache.Names().Should().HaveCount(2, "with the dead one gone there is room for both: {0}", cache.Log);
        Directory.GetFiles(partials).Select(Path.GetFileName).Should().Equal(Entries.NameOf(2));
    }

    [Fact]
    public async Task Save_that_waits_for_another_evictor_is_woken_also_where_the_clock_stands_still()
    {
        var clock = new DrivenTime();
        var files = new OtherEvictorOnce();
        await using var cache = new TestCache(time: clock, fileSystem: files);
        cache.Layer().Directory.EnsureOpen();

        await using var reserved = (await cache.Manager.Space.ReserveAsync(new(cache.Layer().Directory, 1000, 1000), "a", CancellationToken.None).AsTask().Guarded()).Reserved;

        reserved.Should().NotBeNull();
        files.Refused.Should().BeTrue();
    }

    [Fact]
    public async Task Clearing_takes_old_partials_and_leaves_the_partial_of_a_live_download()
    {
        await using var cache = new TestCache();
        var partials = cache.Manager.SourceStore.Catalog.PartialsDirectory;
        cache.Layer().Directory.EnsureOpen();
        Directory.CreateDirectory(partials);
        await File.WriteAllTextAsync(Path.Combine(partials, Entries.NameOf(1)), "half");
        await File.WriteAllTextAsync(Path.Combine(partials, Entries.NameOf(2)), "half");
        File.SetLastWriteTimeUtc(Path.Combine(partials, Entries.NameOf(1)), DateTime.UtcNow.AddHours(-2));

        await cache.Manager.ClearAsync();

        Directory.GetFiles(partials).Select(Path.GetFileName).Should().Equal(Entries.NameOf(2));
    }

    internal static async Task<DownloadedVideo> DownloadAsync(TestCache cache, int number, int length = Video, string? job = null, string? url = null)
    {
        var path = cache.WorkPath($"{number}.mp4");
        File.Delete(path);
        var downloader = new CachingVideoDownloader(new FakeDownloader(Bytes.Random(length, number)), cache.Manager);
        var video = await downloader.DownloadAsync(new DownloadRequest($"http://example.test/{url ?? number.ToString()}", path) { JobId = job });
        await cache.Manager.FlushAsync();
        File.Delete(path);
        return video;
    }

    internal static long Used(TestCache cache) => DiskUsage.Of(cache.CacheRoot(), Entries.Pulse, FileSystem.Current);

    internal static void Age(TestCache cache)
    {
        foreach (var name in cache.Names())
        {
            File.SetLastWriteTimeUtc(cache.ManifestOf(name), File.GetLastWriteTimeUtc(cache.ManifestOf(name)).AddMinutes(-5));
        }
    }

    private static async Task<SpaceStatistics> UsageAsync(TestCache cache) => (await cache.Manager.GetStatisticsAsync()).Space!;

    private static string AccountOf(TestCache cache) => Path.Combine(cache.CacheRoot(), "quota", "account.json");

    private sealed class SourcesClosedUntilCounted : ForwardingFileSystem
    {
        /// <summary>The layer cannot be opened until somebody looks at what lies here.</summary>
        public string? Closed { get; set; }

        public override FileFacts? Stat(string path)
        {
            if (Closed is { } entry && path.StartsWith(entry, StringComparison.Ordinal))
            {
                Closed = null;
            }

            return Closed is not null && path.Contains("/sources/locks/writer-", StringComparison.Ordinal) ? throw new IOException("No space left on device", 28) : base.Stat(path);
        }
    }

    private sealed class DiskWithoutSources : ForwardingFileSystem
    {
        public bool IsBroken { get; set; }

        public override FileFacts? Stat(string path) =>
            IsBroken && path.Contains("/sources", StringComparison.Ordinal) ? throw new IOException("The disk answers with an error.") : base.Stat(path);
    }

    /// <summary>The real file system, on which another process is just evicting when this one asks for the first time.</summary>
    private sealed class OtherEvictorOnce : ForwardingFileSystem
    {
        private int _asked;

        public bool Refused => _asked > 0;

        public override FileLock? TryLock(string path, bool exclusive, UnixFileMode mode) =>
            Path.GetFileName(path) == "evictor" && Interlocked.Increment(ref _asked) == 1 ? null : base.TryLock(path, exclusive, mode);
    }
}
