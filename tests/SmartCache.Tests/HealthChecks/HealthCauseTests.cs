using SmartCache.Configuration;
using SmartCache.Storage.Platform;
using SmartCache.Tests.Support;
using static Microsoft.Extensions.Diagnostics.HealthChecks.HealthStatus;

namespace SmartCache.Tests.HealthChecks;

/// <summary>Each finding by its real cause, and its end.</summary>
public sealed class HealthCauseTests
{
    private static readonly byte[] Video = Bytes.Random(1_000_000);

    [Fact]
    public async Task Layer_that_cannot_be_opened_is_unhealthy_until_it_can()
    {
        await using var cache = new TestCache(static settings => settings with { SourcesDirectory = Path.Combine(settings.Root, "..", "not-a-directory") });
        await File.WriteAllTextAsync(cache.Settings.SourcesDirectory, "");
        await using var worker = new CheckedWorker(cache);
        var job = new TestJob(cache, new FakeDownloader(Video));
        await job.DownloadAsync();

        var answer = await worker.ShouldBeAsync(Unhealthy, "layer-out");
        (answer.Data["sources_state"], answer.Data["profiles_state"]).Should().Be(("Out", "Usable"));

        File.Delete(cache.Settings.SourcesDirectory);
        await job.DownloadAsync();
        await worker.ShouldBeAsync(Healthy, "");
    }

    [Fact]
    public async Task Directory_that_is_somebody_elses_is_unhealthy()
    {
        await using var cache = new TestCache();
        Directory.CreateDirectory(cache.Settings.Root);
        await File.WriteAllTextAsync(Path.Combine(cache.Settings.Root, "thesis.odt"), "");
        await using var worker = new CheckedWorker(cache);
        await new TestJob(cache, new FakeDownloader(Video)).DownloadAsync();

        (await worker.ShouldBeAsync(Unhealthy, "foreign-directory")).Data["profiles_state"].Should().Be("ForeignDirectory", "the whole cache is off");
    }

    [Fact]
    public async Task Disk_that_does_not_answer_is_degraded_until_it_does()
    {
        using var disk = new HangingDisk();
        await using var cache = new TestCache(static settings => settings with { OperationTimeout = TimeSpan.FromMilliseconds(200) }, fileSystem: disk);
        await using var worker = new CheckedWorker(cache);
        var job = new TestJob(cache, new FakeDownloader(Video));
        await job.DownloadAsync();
        disk.Hang();
        await cache.Manager.TryGetMediaAsync(job.Request()).AsTask().Guarded();

        (await worker.ShouldBeAsync(Degraded, "layer-resting")).Data["sources_state"].Should().Be("Resting");

        disk.Answer();
        await Task.Run(async () =>
        {
            while (cache.Layer().Boundary.Hangs)
            {
                await Task.Yield();
            }
        }).Guarded();
        await worker.ShouldBeAsync(Healthy, "");
    }

    [Fact]
    public async Task File_that_switches_the_cache_off_is_degraded_until_it_is_gone()
    {
        await using var cache = new TestCache();
        await using var worker = new CheckedWorker(cache);
        var job = new TestJob(cache, new FakeDownloader(Video));
        await job.EncodeAsync(await job.DownloadAsync());
        var marker = Path.Combine(cache.Settings.Root, "DISABLED");
        await File.WriteAllTextAsync(marker, "");
        await job.DownloadAsync();
        await worker.ShouldBeAsync(Degraded, "disabled");

        File.Delete(marker);
        await job.DownloadAsync();

        await worker.ShouldBeAsync(Healthy, "");
    }

    [Theory]
    [InlineData(1.5, Degraded)]
    [InlineData(3, Unhealthy)]
    public async Task Disk_with_less_than_the_floor_is_degraded_and_with_half_of_it_unhealthy(double floor, Microsoft.Extensions.Diagnostics.HealthChecks.HealthStatus status)
    {
        await using var cache = new TestCache();
        var free = FileSystem.Current.Disk(cache.Root).AvailableBytes;
        await using var worker = new CheckedWorker(cache);
        var job = new TestJob(cache, new FakeDownloader(Video));
        await job.DownloadAsync();
        await worker.ShouldBeAsync(Healthy, "");

        cache.Settings = cache.Settings with { MinFreeSpace = new FreeSpaceFloor((long)(free * floor), null) };
        await job.DownloadAsync(url: TestJob.Url + "?another");

        (await worker.ShouldBeAsync(status, "free-space")).Data["sources_disk_floor_bytes"].Should().Be((long)(free * floor));
    }

    [MountFact("mkfs.ext4")]
    public async Task Disk_that_can_take_few_more_files_is_degraded()
    {
        using var mount = Mount.Image("ext4", 64, null, "-N", "400");
        await using var cache = new TestCache(static settings => settings with { MinFreeSpace = new FreeSpaceFloor(0, null), MinFreeInodes = new FreeInodeFloor(200, null) }, root: mount.Path);
        await using var worker = new CheckedWorker(cache);
        var job = new TestJob(cache, new FakeDownloader(Video));
        await job.DownloadAsync();
        await worker.ShouldBeAsync(Healthy, "");

        var more = (int)FileSystem.Current.Disk(mount.Path).FreeInodes - 220;
        for (var i = 0; i < more; i++)
        {
            await File.WriteAllTextAsync(cache.WorkPath($"small-{i}"), "");
        }

        await job.DownloadAsync(url: TestJob.Url + "?another");

        await worker.ShouldBeAsync(Degraded, "free-inodes");
    }

    [Fact]
    public async Task Cache_over_its_limit_with_nothing_that_can_go_is_degraded()
    {
        await using var cache = new TestCache();
        await using var worker = new CheckedWorker(cache);
        var job = new TestJob(cache, new FakeDownloader(Video));
        await job.DownloadAsync();
        await cache.Manager.CompleteJobAsync("job-1");
        await using (var leased = await cache.Manager.Sources.TryGetAsync(SourceKey.From(job.Request())))
        {
            leased.Should().NotBeNull();
            cache.Settings = cache.Settings with { MaxSize = 500_000 };
            await cache.Manager.CleanupAsync();
            await worker.ShouldBeAsync(Degraded, "used");
        }

        await cache.Manager.CleanupAsync();
        await worker.ShouldBeAsync(Healthy, "");
    }

    [Fact]
    public async Task Jobs_that_need_nearly_all_of_the_cache_are_degraded_until_they_end()
    {
        await using var cache = new TestCache(static settings => settings with { MaxSize = 1_090_000 });
        await using var worker = new CheckedWorker(cache);
        await new TestJob(cache, new FakeDownloader(Video)).DownloadAsync();
        await cache.Manager.CleanupAsync();
        await worker.ShouldBeAsync(Degraded, "working-set");

        await cache.Manager.CompleteJobAsync("job-1");
        await cache.Manager.CleanupAsync();

        (await worker.ShouldBeAsync(Healthy, "")).Data["space_needed_bytes"].Should().Be(0L);
    }

    [Fact]
    public async Task Entries_of_a_job_that_was_silent_for_long_are_not_needed()
    {
        var time = new DrivenTime();
        await using var cache = new TestCache(static settings => settings with { MaxSize = 1_090_000 }, time: time);
        await using var worker = new CheckedWorker(cache);
        await new TestJob(cache, new FakeDownloader(Video)).DownloadAsync();

        time.Advance(TimeSpan.FromHours(7));
        await cache.Manager.CleanupAsync();

        await worker.ShouldBeAsync(Healthy, "");
    }

    [Fact]
    public async Task Entries_that_are_proven_wrong_are_degraded_from_the_third_on_for_an_hour()
    {
        var time = new DrivenTime();
        await using var cache = new TestCache();
        await using var worker = new CheckedWorker(cache, time: time);
        for (var i = 0; i < 3; i++)
        {
            cache.Put(Entries.NameOf(i), Bytes.Random(50_000, i));
        }

        await worker.ShouldBeAsync(Healthy, "");
        foreach (var rotten in new[] { 0, 1 })
        {
            Entries.FlipSilently(cache.PathOf(Entries.NameOf(rotten)));
        }

        await cache.Manager.VerifyAsync();
        await worker.ShouldBeAsync(Healthy, "");
        Entries.FlipSilently(cache.PathOf(Entries.NameOf(2)));
        await cache.Manager.VerifyAsync();

        (await worker.ShouldBeAsync(Degraded, "quarantine")).Data["sources_quarantined"].Should().Be(3L);
        time.Advance(TimeSpan.FromMinutes(30));
        await worker.ShouldBeAsync(Degraded, "quarantine");
        time.Advance(TimeSpan.FromMinutes(31));
        await worker.ShouldBeAsync(Healthy, "");
    }

    [Fact]
    public async Task Cache_without_a_clean_up_for_three_intervals_is_degraded_until_one_ends()
    {
        var time = new DrivenTime();
        await using var cache = new TestCache(time: time);
        await using var worker = new CheckedWorker(cache);
        time.Advance(3 * cache.Settings.CleanupInterval);
        await worker.ShouldBeAsync(Healthy, "");
        time.Advance(TimeSpan.FromMinutes(1));
        (await worker.ShouldBeAsync(Degraded, "no-cleanup")).Data["cleanup_age_seconds"].Should().Be(10_860L);

        await cache.Manager.CleanupAsync();

        await worker.ShouldBeAsync(Healthy, "");
    }

    [Fact]
    public async Task Another_process_at_its_clean_up_counts_as_long_as_it_shows_life()
    {
        var time = new DrivenTime();
        await using var cache = new TestCache(time: time);
        await using var worker = new CheckedWorker(cache);
        using var others = cache.TakeTurn();
        var turn = Path.Combine(cache.Manager.AccountDirectory.Locks, "evictor");
        await WaitInVainAsync();
        await worker.ShouldBeAsync(Healthy, "");

        await WaitInVainAsync();
        await worker.ShouldBeAsync(Degraded, "no-cleanup");

        File.SetLastWriteTimeUtc(turn, DateTime.UtcNow.AddMinutes(1));
        await WaitInVainAsync();
        await worker.ShouldBeAsync(Healthy, "");

        async Task WaitInVainAsync()
        {
            time.Advance(4 * cache.Settings.CleanupInterval);
            (await cache.Manager.CleanupAsync()).AlreadyRunning.Should().BeTrue();
        }
    }

    [Fact]
    public async Task Retries_of_which_none_is_spared_anything_are_degraded()
    {
        await using var cache = new TestCache();
        await using var worker = new CheckedWorker(cache);
        var encoder = new FakeEncoder { ExpectedDuration = TimeSpan.FromHours(1) };
        var job = new TestJob(cache, new FakeDownloader(Video), encoder);
        var video = await job.DownloadAsync();
        for (var attempt = 1; attempt <= 10; attempt++)
        {
            await job.EncodeAsync(video);
        }

        await worker.ShouldBeAsync(Healthy, "");
        await job.EncodeAsync(video);
        (await worker.ShouldBeAsync(Degraded, "retries-miss")).Data["profiles_retries_missed"].Should().Be(10L);

        encoder.ExpectedDuration = encoder.Duration;
        for (var attempt = 0; attempt < 3; attempt++)
        {
            await job.EncodeAsync(video);
        }

        (await worker.ShouldBeAsync(Healthy, "")).Data["profiles_retries_spared"].Should().Be(2L, "the first one stored it");
    }

    [Fact]
    public async Task Layer_that_observes_is_healthy_however_many_retries_miss()
    {
        await using var cache = new TestCache(static settings => settings with { ProfilesMode = Abstractions.LayerMode.Observe });
        await using var worker = new CheckedWorker(cache, static options => options.Retries = 1);
        var job = new TestJob(cache, new FakeDownloader(Video));
        var video = await job.DownloadAsync();
        for (var attempt = 0; attempt < 4; attempt++)
        {
            await job.EncodeAsync(video);
        }

        (await worker.ShouldBeAsync(Healthy, "")).Data["profiles_state"].Should().Be("Observing");
    }

    [Fact]
    public async Task Operations_that_fail_again_and_again_are_degraded()
    {
        await using var cache = new TestCache();
        await using var worker = new CheckedWorker(cache, static options => options.Retries = 1000);
        var job = new TestJob(cache, new FakeDownloader(Video));
        await job.DownloadAsync();
        var keys = Path.Combine(cache.Layer().Directory.Root, "keys");
        Directory.Delete(keys, recursive: true);
        await File.WriteAllTextAsync(keys, "a file where a directory should be");
        await job.DownloadAsync();
        (await worker.AskAsync()).Status.Should().Be(Healthy, "it is once, so far");

        for (var attempt = 0; attempt < 10; attempt++)
        {
            await job.DownloadAsync();
        }

        await worker.ShouldBeAsync(Degraded, "faults");
    }
}
