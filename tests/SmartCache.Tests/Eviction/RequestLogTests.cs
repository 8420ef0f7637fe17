using SmartCache.Abstractions;
using SmartCache.Diagnostics;
using SmartCache.History;
using SmartCache.Layers;
using SmartCache.Simulation;
using SmartCache.Storage;
using SmartCache.Storage.Platform;
using SmartCache.Tests.Support;

namespace SmartCache.Tests.Eviction;

public class RequestLogTests
{
    private static readonly byte[] Video = Bytes.Random(50_000);

    [Fact]
    public async Task Log_that_is_off_by_now_and_whose_empty_directories_somebody_removed_makes_no_fault_at_each_clean_up()
    {
        await using var before = new TestCache(settings => settings with { RequestLog = 1_000_000 });
        await new TestJob(before, new FakeDownloader(Video)).DownloadAsync();
        await using var cache = new TestCache(root: before.Root);
        foreach (var name in new[] { "trash", "quarantine" })
        {
            Directory.Delete(Path.Combine(Folder(cache), name));
        }

        await cache.Manager.CleanupAsync();

        cache.Log.Of(400).Should().BeEmpty();
    }

    [Fact]
    [Trait("Found", "M36")]
    public async Task Recorded_jobs_are_what_the_simulator_reads()
    {
        await using var cache = new TestCache(settings => settings with { RequestLog = 1_000_000 });
        var job = new TestJob(cache, new FakeDownloader(Video));
        var video = await job.DownloadAsync();
        await job.EncodeAsync(video);
        await job.DownloadAsync();
        await job.DownloadAsync(job.Request() with { JobId = "job-2" });
        var retry = DateTimeOffset.UtcNow.AddMinutes(10);
        await cache.Manager.ExpectRetryAsync("job-1", retry);
        await cache.Manager.CompleteJobAsync("job-1");
        await cache.Manager.FlushAsync();

        var trace = TraceReader.Read(Folder(cache));

        trace.SkippedLines.Should().Be(0);
        trace.Events.Select(static e => (e.Kind, e.EntryKind)).Should().Equal(
            (CacheEventKind.Requested, EntryKind.Source),
            (CacheEventKind.JobStarted, EntryKind.Source),
            (CacheEventKind.Requested, EntryKind.Profile),
            (CacheEventKind.Requested, EntryKind.Source),
            (CacheEventKind.Requested, EntryKind.Source),
            (CacheEventKind.JobStarted, EntryKind.Source),
            (CacheEventKind.RetryExpected, EntryKind.Source),
            (CacheEventKind.JobCompleted, EntryKind.Source));
        trace.Events.Single(static e => e.Kind == CacheEventKind.RetryExpected).RetryAt.Should().BeCloseTo(retry, TimeSpan.FromSeconds(1));
        trace.Events.Where(static e => e.EntryKind == EntryKind.Source && e.Key is not null).Should().OnlyContain(static e => e.Size == 50_000 && e.CostSeconds != null);
        trace.Events.Where(static e => e.Key is not null).Select(static e => e.Key).Distinct().Should().HaveCount(2);
        trace.Events.Select(static e => e.JobId).Distinct().Should().HaveCount(2);
        trace.Events[^1].JobId.Should().Be(trace.Events[0].JobId);
    }

    [Fact]
    public async Task Nothing_in_it_is_in_the_clear_or_the_same_in_another_cache()
    {
        await using var one = new TestCache(settings => settings with { RequestLog = 1_000_000 });
        await using var two = new TestCache(settings => settings with { RequestLog = 1_000_000 });
        foreach (var cache in (TestCache[])[one, two])
        {
            var job = new TestJob(cache, new FakeDownloader(Video));
            await job.DownloadAsync(job.Request(url: "http://user:secret@example.test/v.mp4?token=secret") with { JobId = "secret-job" });
        }

        var (first, second) = (TraceReader.Read(Folder(one)).Events[0], TraceReader.Read(Folder(two)).Events[0]);

        (first.Key, first.JobId).Should().NotBe((second.Key, second.JobId));
        first.Key.Should().NotBe(second.Key);
        var text = string.Concat(Directory.GetFiles(Folder(one), "*.csv").Select(File.ReadAllText));
        text.Should().NotContainAny("secret", "example", "http", one.Names().Single(), NameHash.Of("secret-job").ToString("x16", System.Globalization.CultureInfo.InvariantCulture));
    }

    [Fact]
    public async Task Off_by_default()
    {
        await using var cache = new TestCache();

        await new TestJob(cache, new FakeDownloader(Video)).DownloadAsync();

        Directory.Exists(Folder(cache)).Should().BeFalse();
    }

    [Fact]
    public async Task All_files_together_stay_below_the_bound_and_the_newest_lines_are_kept()
    {
        const int limit = 100_000;
        await using var cache = new TestCache();
        using var directory = Open(cache);
        using var other = Open(cache);
        RequestLogFiles[] writers = [new(directory), new(other)];
        for (var i = 0; i < 400; i++)
        {
            writers[i % 2].Append([.. Enumerable.Range(0, 20).Select(n => Request((i * 20) + n))], limit, Entries.Pulse).Should().Be(20);
            Used(cache).Should().BeLessThanOrEqualTo(limit);
        }

        var trace = TraceReader.Read(Folder(cache));
        trace.SkippedLines.Should().Be(0, "lines are whole");
        trace.Events[^1].Size.Should().Be((400 * 20) - 1);
        trace.Events.Should().HaveCountGreaterThan(500).And.HaveCountLessThan(8000);
    }

    [Fact]
    public async Task Directory_that_cannot_be_made_costs_the_job_nothing_but_its_lines()
    {
        using var meters = new TestMeters();
        await using var cache = new TestCache(settings => settings with { RequestLog = 1_000_000 }, with: services => services with { Meters = meters });
        cache.Layer().Directory.EnsureOpen();
        await File.WriteAllTextAsync(Folder(cache), "a file in its place");
        var job = new TestJob(cache, new FakeDownloader(Video));

        await job.DownloadAsync();
        (await job.DownloadAsync()).Outcome.Should().Be(CacheOutcome.Hit);

        meters.Sum("smartcache.request_log.lost", "").Should().Be(3, "of the job's beginning and of two requests");
        cache.Log.Of(702).Should().ContainSingle();
    }

    [MountFact("mount")]
    public async Task Full_disk_costs_the_log_and_no_job()
    {
        using var meters = new TestMeters();
        using var mount = Mount.Tmpfs(1);
        await using var cache = new TestCache(settings => settings with { RequestLog = 1_000_000 }, with: services => services with { Meters = meters });
        cache.Layer().Directory.EnsureOpen();
        Directory.CreateSymbolicLink(Folder(cache), mount.Path);
        using (var rest = File.Create(Path.Combine(mount.Path, "rest")))
        {
            FillUp(rest);
        }

        var job = new TestJob(cache, new FakeDownloader(Video));

        await job.DownloadAsync();
        (await job.DownloadAsync()).Outcome.Should().Be(CacheOutcome.Hit);

        meters.Sum("smartcache.request_log.lost", "").Should().Be(3, "of the job's beginning and of two requests");
    }

    [Fact]
    public async Task Full_queue_loses_lines_and_waits_for_nothing()
    {
        using var meters = new TestMeters();
        await using var cache = new TestCache(settings => settings with { RequestLog = 1_000_000 });
        using var directory = Open(cache);
        using var meter = new CacheMeter(meters);
        await using var saves = new BackgroundSaves(TimeProvider.System);
        var boundary = new CacheBoundary(directory, cache.Manager.Settings, new FaultLog(cache.Log, meter, TimeProvider.System), TimeProvider.System);
        var log = new RequestLog(new LayerAccess(directory, boundary, cache.Manager.Settings, TimeProvider.System, cache.Log), saves, meter);
        using (directory.TryLock("requests", exclusive: true))
        {
            for (var i = 0; i < RequestLog.Capacity + 1000; i++)
            {
                log.Observe(Request(i));
            }

            meters.Sum("smartcache.request_log.lost", "").Should().BeInRange(1000 - 64, 1000);
        }

        await saves.FlushAsync(CancellationToken.None);
        TraceReader.Read(Folder(cache)).Events.Count.Should().Be(RequestLog.Capacity + 1000 - (int)meters.Sum("smartcache.request_log.lost", ""));
    }

    private static string Folder(TestCache cache) => Path.Combine(cache.CacheRoot(), RequestLog.Folder);

    private static LayerDirectory Open(TestCache cache)
    {
        Directory.CreateDirectory(cache.CacheRoot());
        var directory = new LayerDirectory("requests", Folder(cache), () => cache.Manager.Settings.Current, FileSystem.Current);
        directory.EnsureOpen();
        return directory;
    }

    private static long Used(TestCache cache) => new DirectoryInfo(Folder(cache)).GetFiles("*.csv").Sum(static file => file.Length);

    private static CacheEvent Request(int number) => new(CacheEventKind.Requested, DateTimeOffset.UnixEpoch.AddSeconds(1_700_000_000 + number))
    {
        Key = Entries.NameOf(number),
        JobId = "job",
        Size = number,
        CostSeconds = 1,
    };

    private static void FillUp(FileStream file)
    {
        try
        {
            while (true)
            {
                file.Write(new byte[4096]);
                file.Flush();
            }
        }
        catch (IOException)
        {
            // It is full, as it shall be.
        }
    }
}
