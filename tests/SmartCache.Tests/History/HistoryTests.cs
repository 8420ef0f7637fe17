using System.Text;
using Microsoft.Win32.SafeHandles;
using SmartCache.Diagnostics;
using SmartCache.History;
using SmartCache.Layers;
using SmartCache.Simulation;
using SmartCache.Storage;
using SmartCache.Storage.Platform;
using SmartCache.Tests.Support;

namespace SmartCache.Tests.History;

/// <summary>How the history is written: bounded, beside other processes, and never to the cost of a job.</summary>
public class HistoryTests
{
    private static readonly byte[] Video = Bytes.Random(50_000);

    [Fact]
    public async Task History_that_is_off_by_now_and_whose_empty_directories_somebody_removed_makes_no_fault_at_each_clean_up()
    {
        await using var before = Recording();
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
        await using var cache = Recording();
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
    public async Task Url_token_and_job_id_are_not_in_it_and_the_job_is_the_one_of_its_file()
    {
        await using var cache = Recording();
        var job = new TestJob(cache, new FakeDownloader(Video));

        await job.DownloadAsync(job.Request(url: "http://user:secret@example.test/v.mp4?token=secret") with { JobId = "secret-job" });

        var text = string.Concat(Directory.GetFiles(Folder(cache), "*.events").Select(File.ReadAllText));
        text.Should().NotContainAny("secret", "example", "http").And.Contain("Requested");
        var file = Path.GetFileNameWithoutExtension(Directory.GetFiles(cache.Settings.UploadsDirectory, "*.json").Single());
        Read(cache).Where(static e => e.Job is not null).Select(static e => e.Job).Distinct().Should().Equal(file[^16..]);
    }

    [Fact]
    public async Task Off_makes_no_file_and_starts_nothing()
    {
        var time = new DrivenTime();
        await using var cache = new TestCache(settings => settings with { History = 0 }, time: time);
        using var directory = Open(cache);
        await using var saves = new BackgroundSaves(time);
        await using var recorder = Recorder(cache, directory, saves, new CacheMeter());
        Directory.Delete(Folder(cache), recursive: true);

        recorder.Record(new HistoryEvent(HistoryEventKind.CleanedUp));
        recorder.Observe(Request(1));
        await saves.FlushAsync(CancellationToken.None);
        await new TestJob(cache, new FakeDownloader(Video)).DownloadAsync();

        saves.Count.Should().Be(0);
        Directory.Exists(Folder(cache)).Should().BeFalse();
    }

    [Fact]
    public async Task All_files_together_stay_below_the_bound_and_the_newest_lines_are_kept()
    {
        const int limit = 100_000;
        await using var cache = new TestCache();
        using var directory = Open(cache);
        using var other = Open(cache);
        using HistoryFiles first = new(directory), second = new(other);
        HistoryFiles[] writers = [first, second];
        for (var i = 0; i < 2_000; i++)
        {
            // Each goes on with a file that the other may have ended.
            writers[i % 3 / 2].Append(Lines(Enumerable.Range(i * 10, 10)), limit, Entries.Pulse).Should().BeTrue();
            Used(cache).Should().BeLessThanOrEqualTo(limit);
        }

        var read = Read(cache);
        read[^1].Bytes.Should().Be((2_000 * 10) - 1);
        read.Select(static e => e.Bytes).Should().BeInAscendingOrder().And.HaveCountGreaterThan(500).And.HaveCountLessThan(20_000);
        (read[^1].Bytes - read[0].Bytes + 1).Should().Be(read.Count, "what goes is the oldest");
    }

    [Theory]
    [InlineData("999999999", 0)]
    [InlineData("999999999", 50_000)]
    [InlineData("999999998", 500_000)]
    [InlineData("00000400", 500_000)]
    public async Task Number_that_somebody_planted_lets_nothing_grow_past_the_bound(string number, int bytes)
    {
        const int limit = 100_000;
        await using var cache = new TestCache();
        using var directory = Open(cache);
        using var other = Open(cache);
        await File.WriteAllBytesAsync(Path.Combine(Folder(cache), number + ".events"), new byte[bytes]);
        using HistoryFiles first = new(directory), second = new(other);
        HistoryFiles[] writers = [first, second];

        for (var i = 0; i < 2_000; i++)
        {
            writers[i % 3 / 2].Append(Lines(Enumerable.Range(i * 10, 10)), limit, Entries.Pulse).Should().BeTrue();
            Used(cache).Should().BeLessThanOrEqualTo(limit, "also of files that no reader finds");
        }

        Read(cache)[^1].Bytes.Should().Be((2_000 * 10) - 1);
    }

    [MountFact("setpriv")]
    public async Task Last_number_that_is_not_for_this_user_makes_no_file_behind_it()
    {
        await using var cache = new TestCache();
        using var directory = Open(cache);
        Directory.CreateDirectory(Path.Combine(Folder(cache), "999999999.events"));
        await File.WriteAllTextAsync(Path.Combine(Folder(cache), "999999998.events"), new string('x', 20_000));

        using var writer = new HistoryFiles(directory);
        writer.Invoking(files => files.Append(Lines([1]), 100_000, Entries.Pulse)).Should().Throw<Exception>("a directory is in the way");

        Directory.GetFileSystemEntries(Folder(cache), "1000000000*").Should().BeEmpty();
    }

    [Fact]
    public async Task Later_batches_take_no_lock_and_follow_the_file_where_it_goes()
    {
        await using var cache = new TestCache();
        using var directory = Open(cache);
        using var writer = new HistoryFiles(directory);
        writer.Append(Lines([1]), 100_000, Entries.Pulse);
        using (directory.TryLock(HistoryRecorder.Folder, exclusive: true))
        {
            writer.Append(Lines([2]), 100_000, Entries.Pulse).Should().BeTrue("nobody waits for a clean-up's lock to record");
        }

        var path = Directory.GetFiles(Folder(cache), "*.events").Single();
        File.Move(path, path + ".moved");
        writer.Append(Lines([3]), 100_000, Entries.Pulse);
        Read(cache).Select(static e => e.Bytes).Should().Equal([3], "the name leads to another file now");

        File.Delete(path);
        await File.WriteAllBytesAsync(path, Lines([4]));
        writer.Append(Lines([5]), 100_000, Entries.Pulse);
        Read(cache).Select(static e => e.Bytes).Should().Equal(4, 5);
    }

    [Fact]
    public async Task Writers_at_the_same_moment_stay_below_the_bound_together()
    {
        const int limit = 400_000;
        await using var cache = new TestCache();
        using var directory = Open(cache);
        HistoryFiles[] writers = [.. Enumerable.Range(0, 4).Select(_ => new HistoryFiles(directory))];
        var most = 0L;
        await Task.WhenAll(writers.Select((writer, one) => Task.Run(() =>
        {
            for (var i = 0; i < 400; i++)
            {
                writer.Append(Lines(Enumerable.Range((i * 40) + (one * 10), 10)), limit, Entries.Pulse).Should().BeTrue();
                InterlockedMax(ref most, HistoryFiles.In(FileSystem.Current, Folder(cache)).Sum(static file => file.Length));
            }
        })));

        most.Should().BeInRange(limit / 2, limit);
        Read(cache).Should().HaveCountGreaterThan(1_000);
        Array.ForEach(writers, static writer => writer.Dispose());
    }

    [Fact]
    public async Task Lowered_bound_takes_the_oldest_at_once()
    {
        await using var cache = new TestCache();
        using var directory = Open(cache);
        using var writer = new HistoryFiles(directory);
        for (var i = 0; i < 100; i++)
        {
            writer.Append(Lines(Enumerable.Range(i * 10, 10)), 100_000, Entries.Pulse);
        }

        writer.Append(Lines([5_000]), 10_000, Entries.Pulse).Should().BeTrue();

        Used(cache).Should().BeLessThanOrEqualTo(10_000);
        Read(cache)[^1].Bytes.Should().Be(5_000);
    }

    [Fact]
    public async Task Torn_and_foreign_lines_cost_themselves()
    {
        await using var cache = new TestCache();
        using var directory = Open(cache);
        using var writer = new HistoryFiles(directory);
        writer.Append(Lines([1, 2]), 100_000, Entries.Pulse);
        var path = Directory.GetFiles(Folder(cache), "*.events").Single();
        using (var torn = new FileStream(path, FileMode.Append))
        {
            torn.Write(Lines([3]).AsSpan(0, 60));
        }

        writer.Append(Lines([4]), 100_000, Entries.Pulse);
        await File.AppendAllTextAsync(path, "1700000000.000 Requested bytes=5\n" + new string('x', 200_000) + "\n");
        writer.Append(Lines([6]), 1_000_000_000, Entries.Pulse);
        await File.WriteAllTextAsync(Path.Combine(Folder(cache), "notes.events"), "somebody else's");
        Flip(path, Encoding.ASCII.GetByteCount("\n") + 30);

        Read(cache).Select(static e => e.Bytes).Should().Equal(2, 4, 6);
        File.Exists(Path.Combine(Folder(cache), "notes.events")).Should().BeTrue();
    }

    [Fact]
    public async Task File_that_is_none_hides_only_itself_and_keeps_nobody_from_recording()
    {
        await using var cache = new TestCache();
        using var directory = Open(cache);
        using var writer = new HistoryFiles(directory);
        writer.Append(Lines([1]), 100_000, Entries.Pulse);
        File.CreateSymbolicLink(Path.Combine(Folder(cache), "00000007.events"), cache.WorkPath("elsewhere"));
        await File.WriteAllTextAsync(Path.Combine(Folder(cache), "999999999999999999.events"), "");

        using var other = new HistoryFiles(directory);
        other.Append(Lines([2]), 100_000, Entries.Pulse);
        writer.Append(Lines([3]), 100_000, Entries.Pulse);

        Read(cache).Select(static e => e.Bytes).Order().Should().Equal(1, 2, 3);
        File.Exists(cache.WorkPath("elsewhere")).Should().BeFalse();
        new FileInfo(Path.Combine(Folder(cache), "999999999999999999.events")).Length.Should().Be(0);
    }

    [Theory]
    [InlineData("-Infinity Requested bytes=5")]
    [InlineData("NaN Requested bytes=5")]
    [InlineData("1.000 Requested seconds=NaN")]
    [InlineData("1.000 Requested cost=-Infinity")]
    public void Time_that_is_none_is_passed_over(string line) => HistoryLine.Parse(line).Should().Match<HistoryEvent?>(static e => e == null || (e.Duration == null && e.Cost == null));

    [Fact]
    public async Task Two_processes_write_one_history()
    {
        const int each = 200;
        await using var cache = Recording();
        var log = cache.WorkPath("log");
        using WorkerProcess one = new("download", cache.CacheRoot(), cache.Work, log, "http://a.test/1", $"{each}");
        using WorkerProcess two = new("download", cache.CacheRoot(), cache.Work, log, "http://a.test/1", $"{each}");
        await one.WaitForLineAsync("ready");
        await two.WaitForLineAsync("ready");

        one.Go();
        two.Go();

        (await one.ReadLineAsync())!.Split(' ').Should().HaveCount(each);
        (await two.ReadLineAsync())!.Split(' ').Should().HaveCount(each);
        (await one.ExitAsync()).Should().Be(0);
        (await two.ExitAsync()).Should().Be(0);
        Read(cache).Count(static e => e is { Kind: HistoryEventKind.Requested, Layer: "sources" }).Should().Be(2 * each);
        Read(cache).Count(static e => e is { Kind: HistoryEventKind.Stored }).Should().Be(1);
        Directory.GetFiles(Folder(cache), "*.events").Should().ContainSingle("they share it");
    }

    [Fact]
    public async Task Directory_that_cannot_be_made_costs_the_job_nothing_but_its_events()
    {
        using var meters = new TestMeters();
        await using var cache = Recording(services => services with { Meters = meters });
        cache.Layer().Directory.EnsureOpen();
        await File.WriteAllTextAsync(Folder(cache), "a file in its place");
        var job = new TestJob(cache, new FakeDownloader(Video));

        await job.DownloadAsync();
        (await job.DownloadAsync()).Outcome.Should().Be(CacheOutcome.Hit);

        meters.Sum("smartcache.history.lost", "").Should().BeGreaterThan(3);
        cache.Log.Of(702).Should().ContainSingle();
    }

    [MountFact("mount")]
    public async Task Full_disk_costs_the_history_and_neither_a_job_nor_an_entry()
    {
        using var meters = new TestMeters();
        using var mount = Mount.Tmpfs(1);
        await using var cache = Recording(services => services with { Meters = meters });
        cache.Layer().Directory.EnsureOpen();
        Directory.CreateSymbolicLink(Folder(cache), mount.Path);
        using (Open(cache))
        {
            // Its directories and its writer's lock are there.
        }

        using (var rest = File.Create(Path.Combine(mount.Path, "rest")))
        {
            FillUp(rest);
        }

        var job = new TestJob(cache, new FakeDownloader(Video));

        await job.DownloadAsync();
        (await job.DownloadAsync()).Outcome.Should().Be(CacheOutcome.Hit);

        meters.Sum("smartcache.history.lost", "").Should().BeGreaterThan(3);
        cache.Log.Of(809).Should().BeEmpty("no entry goes for a line");
    }

    [Fact]
    public async Task Full_queue_loses_events_and_waits_for_nothing()
    {
        using var meters = new TestMeters();
        await using var cache = Recording();
        using var directory = Open(cache);
        using var meter = new CacheMeter(meters);
        await using var saves = new BackgroundSaves(TimeProvider.System);
        await using var recorder = Recorder(cache, directory, saves, meter);
        using (directory.TryLock(HistoryRecorder.Folder, exclusive: true))
        {
            for (var i = 0; i < HistoryRecorder.Capacity + 1000; i++)
            {
                recorder.Observe(Request(i));
            }

            meters.Sum("smartcache.history.lost", "").Should().BeInRange(1000 - 64, 1000);
        }

        await saves.FlushAsync(CancellationToken.None);
        Read(cache).Count.Should().Be(HistoryRecorder.Capacity + 1000 - (int)meters.Sum("smartcache.history.lost", ""));
    }

    [Fact]
    public async Task Events_wait_a_second_for_others_and_are_one_write()
    {
        var time = new DrivenTime();
        var disk = new CountedAppends();
        await using var cache = Recording(time: time, disk: disk);
        using var directory = Open(cache, disk);
        await using var saves = new BackgroundSaves(time);
        await using var recorder = Recorder(cache, directory, saves, new CacheMeter());

        for (var i = 0; i < 20; i++)
        {
            recorder.Observe(Request(i));
        }

        disk.Appends.Should().Be(0);
        time.Advance(HistoryRecorder.Delay);
        await disk.First.Guarded();
        await saves.FlushAsync(CancellationToken.None);
        disk.Appends.Should().Be(1);
        Read(cache).Should().HaveCount(20);
    }

    [Fact]
    public async Task Events_of_the_last_moment_are_written_when_the_cache_is_disposed_of()
    {
        await using var cache = Recording();
        var manager = cache.Manager;

        manager.SourceStore.Layer.Record(new HistoryEvent(HistoryEventKind.CleanedUp) { Entries = 7 });
        await manager.DisposeAsync();

        Read(cache).Should().ContainSingle(static e => e.Entries == 7);
    }

    private static TestCache Recording(Func<CacheServices, CacheServices>? with = null, TimeProvider? time = null, FileSystem? disk = null) =>
        new(settings => settings with { History = 1_000_000 }, time: time, fileSystem: disk, with: with);

    private static HistoryRecorder Recorder(TestCache cache, LayerDirectory directory, BackgroundSaves saves, CacheMeter meter)
    {
        var faults = new FaultLog(cache.Log, meter, TimeProvider.System);
        var boundary = new CacheBoundary(directory, cache.Manager.Settings, faults, TimeProvider.System);
        return new HistoryRecorder(new LayerAccess(directory, boundary, cache.Manager.Settings, cache.Layer().Time, cache.Log), saves, meter, faults);
    }

    private static string Folder(TestCache cache) => Path.Combine(cache.CacheRoot(), HistoryRecorder.Folder);

    private static List<HistoryEvent> Read(TestCache cache) => [.. HistoryReader.Read(FileSystem.Current, Folder(cache))];

    private static LayerDirectory Open(TestCache cache, FileSystem? disk = null)
    {
        Directory.CreateDirectory(cache.CacheRoot());
        var directory = new LayerDirectory(HistoryRecorder.Folder, Folder(cache), () => cache.Manager.Settings.Current, disk ?? FileSystem.Current);
        directory.EnsureOpen();
        return directory;
    }

    private static void InterlockedMax(ref long most, long value)
    {
        for (long seen; value > (seen = Interlocked.Read(ref most));)
        {
            Interlocked.CompareExchange(ref most, value, seen);
        }
    }

    private static long Used(TestCache cache) => new DirectoryInfo(Folder(cache)).GetFiles("*.events").Sum(static file => file.Length);

    private static byte[] Lines(IEnumerable<int> numbers)
    {
        var lines = new List<byte> { (byte)'\n' };
        foreach (var number in numbers)
        {
            var text = new StringBuilder();
            HistoryLine.Append(text, new HistoryEvent(HistoryEventKind.Used) { Time = DateTimeOffset.UnixEpoch.AddSeconds(1_700_000_000 + number), Entry = Entries.NameOf(number), Bytes = number });
            lines.AddRange(ChecksummedLine.Of(text.ToString()).AsSpan(1));
        }

        return [.. lines];
    }

    private static CacheEvent Request(int number) => new(CacheEventKind.Requested, DateTimeOffset.UnixEpoch.AddSeconds(1_700_000_000 + number))
    {
        Key = Entries.NameOf(number),
        JobId = "job",
        Size = number,
        CostSeconds = 1,
    };

    private static void Flip(string path, int at) => Entries.Overwrite(path, at);

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

    private sealed class CountedAppends : ForwardingFileSystem
    {
        private readonly TaskCompletionSource _first = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int _appends;

        public int Appends => Volatile.Read(ref _appends);

        public Task First => _first.Task;

        public override void Append(SafeFileHandle handle, ReadOnlySpan<byte> content)
        {
            Interlocked.Increment(ref _appends);
            base.Append(handle, content);
            _first.TrySetResult();
        }
    }
}
