using SmartCache.History;
using SmartCache.Storage.Platform;
using SmartCache.Tests.Support;
using SmartCache.Tests.Uploads;

namespace SmartCache.Tests.History;

/// <summary>Each kind of event is in the history after what causes it, and says what one asks for at night.</summary>
public class HistoryEventTests
{
    private static readonly byte[] Video = Bytes.Random(50_000);
    private static readonly byte[] Large = Bytes.Random(5_000_000);

    [Fact]
    public async Task Miss_and_hit_say_outcome_reason_job_profile_key_time_bytes_and_cost()
    {
        await using var cache = Recording();
        var job = new TestJob(cache, new FakeDownloader(Video));
        var video = await job.DownloadAsync();
        await job.EncodeAsync(video);
        await job.EncodeAsync(video);

        var read = Of(cache, HistoryEventKind.Requested);

        read.Select(static e => (e.Layer, e.Outcome, e.Reason, e.Profile)).Should().Equal(
            ("sources", CacheOutcome.Miss, CacheReason.NotCached, null),
            ("profiles", CacheOutcome.Miss, CacheReason.NotCached, "720p"),
            ("profiles", CacheOutcome.Hit, null, "720p"));
        read.Should().OnlyContain(static e => e.Job != null && e.Duration > TimeSpan.Zero && e.Cost >= TimeSpan.Zero && e.Time > DateTimeOffset.UtcNow.AddMinutes(-5));
        read[0].Bytes.Should().Be(50_000);
        read[0].Key.Should().Be(Path.GetFileNameWithoutExtension(Directory.GetFiles(Path.Combine(cache.CacheRoot(), "sources", "keys")).Single()));
        read[2].Key.Should().Be(Path.GetFileName(cache.Entries("profiles").Single()));
        Of(cache, HistoryEventKind.Used).Select(static e => e.Entry).Should().Equal(cache.Names().Single(), read[2].Key, read[2].Key);
    }

    [Fact]
    public async Task Stage_that_throws_says_with_what_and_not_its_text()
    {
        await using var cache = Recording();
        var job = new TestJob(cache, new FakeDownloader(static _ => throw new IOException("secret", new InvalidOperationException("secret"))));

        await job.Invoking(static it => it.DownloadAsync()).Should().ThrowAsync<IOException>();
        await cache.Manager.FlushAsync();

        Of(cache, HistoryEventKind.Requested).Should().ContainSingle().Which.Failure.Should().Be("IOException < InvalidOperationException");
    }

    [Fact]
    public async Task Upload_says_what_was_sent_and_what_was_spared()
    {
        await using var cache = Recording();
        var tree = Directory.CreateDirectory(cache.WorkPath("tree")).FullName;
        await File.WriteAllBytesAsync(Path.Combine(tree, "one"), Bytes.Random(5_000));
        var target = new UploadTarget("node", "v1");

        for (var i = 0; i < 2; i++)
        {
            await new ResumingIpfsUploader(new ScriptedUploader(target), cache.Manager).UploadAsync(new UploadRequest("job-1", tree) { Target = target });
        }

        await cache.Manager.FlushAsync();
        Of(cache, HistoryEventKind.Requested).Select(static e => (e.Layer, e.Outcome, e.Job is null)).Should().Equal(("uploads", CacheOutcome.Miss, false), ("uploads", CacheOutcome.Hit, false));
        Of(cache, HistoryEventKind.Requested)[1].Bytes.Should().Be(5_000);
    }

    [Fact]
    public async Task Stored_says_the_entry_its_job_and_what_it_cost()
    {
        await using var cache = Recording();
        var job = new TestJob(cache, new FakeDownloader(Video));
        await job.EncodeAsync(await job.DownloadAsync());

        var stored = Of(cache, HistoryEventKind.Stored);

        stored.Select(static e => (e.Layer, e.Entry)).Should().Equal(("sources", cache.Names().Single()), ("profiles", Path.GetFileName(cache.Entries("profiles").Single())));
        stored.Should().OnlyContain(static e => e.Job != null && e.Bytes > 0 && e.Cost != null && e.Reason == null);
        stored[1].Profile.Should().Be("720p");
    }

    [Fact]
    public async Task Refused_says_why()
    {
        await using var cache = Recording();
        var job = new TestJob(cache, new FakeDownloader(Large), new FakeEncoder { WritesEnd = false });
        var video = await job.DownloadAsync();
        await job.EncodeAsync(video);
        cache.Settings = cache.Settings with { MaxSize = 4_000_000 };
        await job.DownloadAsync(url: TestJob.Url + "?other");

        var refused = Of(cache, HistoryEventKind.Refused);

        refused.Select(static e => (e.Layer, e.Reason, e.Profile)).Should().Equal(("profiles", CacheReason.Refused, "720p"), ("sources", CacheReason.NoRoom, null));
        refused.Should().OnlyContain(static e => e.Key != null && e.Job != null);
    }

    [Fact]
    public async Task Evicted_says_for_which_limit_by_which_policy_and_what_it_would_cost()
    {
        await using var cache = Recording();
        await new TestJob(cache, new FakeDownloader(Large)).DownloadAsync();
        var name = cache.Names().Single();
        await cache.Manager.CompleteJobAsync("job-1");
        cache.Settings = cache.Settings with { MaxSize = 4_000_000 };

        await cache.Manager.CleanupAsync();

        await cache.Manager.FlushAsync();
        var evicted = Of(cache, HistoryEventKind.Evicted).Should().ContainSingle().Subject;
        (evicted.Layer, evicted.Entry, evicted.Limit, evicted.Policy, evicted.Job).Should().Be(("sources", name, "MaxSize", "LRU", null));
        evicted.Bytes.Should().BeGreaterThanOrEqualTo(5_000_000);
        evicted.Cost.Should().BeGreaterThan(TimeSpan.Zero);
        Of(cache, HistoryEventKind.CleanedUp).Should().ContainSingle().Which.Entries.Should().Be(1);
    }

    [Fact]
    public async Task Entry_that_goes_for_another_one_bears_neither_its_key_nor_its_profile()
    {
        await using var cache = Recording();
        await new TestJob(cache, new FakeDownloader(Large)).DownloadAsync();
        var name = cache.Names().Single();
        await cache.Manager.CompleteJobAsync("job-1");
        cache.Settings = cache.Settings with { MaxSize = 8_000_000 };

        await new TestJob(cache, new FakeDownloader(Bytes.Random(5_000_000, 2))).DownloadAsync(url: TestJob.Url + "?other");

        await cache.Manager.FlushAsync();
        var evicted = Of(cache, HistoryEventKind.Evicted).Should().ContainSingle().Subject;
        (evicted.Entry, evicted.Key, evicted.Profile).Should().Be((name, null, null));
    }

    [Fact]
    public async Task Expired_and_regretted_say_how_long_it_lay_and_what_it_costs_again()
    {
        await using var cache = Recording();
        var job = new TestJob(cache, new FakeDownloader(Video));
        await job.DownloadAsync();
        await cache.Manager.CompleteJobAsync("job-1");
        var name = cache.Names().Single();
        cache.SetLastAccess(name, TimeSpan.FromHours(30));

        await cache.Manager.CleanupAsync();
        await job.DownloadAsync();
        await cache.Manager.FlushAsync();

        var expired = Of(cache, HistoryEventKind.Expired).Should().ContainSingle().Subject;
        (expired.Layer, expired.Entry, expired.Limit, expired.Policy).Should().Be(("sources", name, "MaxAge", null));
        expired.Duration.Should().BeCloseTo(TimeSpan.FromHours(30), TimeSpan.FromMinutes(5));
        var regretted = Of(cache, HistoryEventKind.Regretted).Should().ContainSingle().Subject;
        (regretted.Layer, regretted.Entry, regretted.Limit).Should().Be(("sources", name, "MaxAge"));
        regretted.Cost.Should().Be(expired.Cost);
        Of(cache, HistoryEventKind.Evicted).Should().BeEmpty();
    }

    [Fact]
    public async Task Rejected_and_removed_say_the_entry()
    {
        await using var cache = Recording();
        var job = new TestJob(cache, new FakeDownloader(Video));
        var video = await job.DownloadAsync();
        var name = cache.Names().Single();

        await cache.Manager.RejectSourceAsync(video, "no good");
        await cache.Manager.FlushAsync();

        Of(cache, HistoryEventKind.Rejected).Should().ContainSingle().Which.Entry.Should().Be(name);
        Of(cache, HistoryEventKind.Removed).Should().ContainSingle().Which.Entry.Should().Be(name);
    }

    [Fact]
    public async Task Quarantined_says_the_entry()
    {
        await using var cache = Recording();
        await new TestJob(cache, new FakeDownloader(Video)).DownloadAsync();
        var name = cache.Names().Single();
        Spoil.Silently(cache.Entries("sources").Single());

        await cache.Manager.VerifyAsync();
        await cache.Manager.FlushAsync();

        Of(cache, HistoryEventKind.Quarantined).Should().ContainSingle().Which.Entry.Should().Be(name);
        Of(cache, HistoryEventKind.Removed).Should().BeEmpty();
    }

    [Fact]
    public async Task Fault_is_noted_as_often_as_the_log_says_it()
    {
        await using var cache = Recording();
        var job = new TestJob(cache, new FakeDownloader(Video));
        await job.DownloadAsync();
        var keys = Path.Combine(cache.CacheRoot(), "sources", "keys");
        Directory.Delete(keys, recursive: true);
        await File.WriteAllTextAsync(keys, "a file in its place");

        await job.DownloadAsync();
        await job.DownloadAsync();

        var faults = Of(cache, HistoryEventKind.Faulted);
        faults.Should().HaveCount(cache.Log.Of(400).Count()).And.NotBeEmpty();
        faults.Should().OnlyContain(static e => e.Layer == "sources" && e.Operation != null && e.Failure != null && e.Reason == CacheReason.Fault);
    }

    [Fact]
    public async Task Layer_that_rests_is_noted_once()
    {
        using var disk = new SourcesHang();
        await using var cache = new TestCache(settings => settings with { History = 1_000_000, OperationTimeout = TimeSpan.FromMilliseconds(100) }, fileSystem: disk);
        var layer = cache.Layer();
        await layer.Boundary.AttemptAsync("look", false, _ => layer.Entries.Exists(Entries.Name), CancellationToken.None);
        disk.Hang();
        while (layer.Boundary.Unavailable is null)
        {
            await layer.Boundary.AttemptAsync("look", false, _ => layer.Entries.Exists(Entries.Name), CancellationToken.None).AsTask().Guarded();
        }

        disk.Answer();
        await cache.Manager.FlushAsync();

        // On a busy machine another layer may take longer than that too.
        Of(cache, HistoryEventKind.Rested).Where(static one => one.Layer == "sources").Should().ContainSingle().Which.Reason.Should().Be(CacheReason.Resting);
    }

    [Fact]
    public async Task Jobs_that_begin_wait_end_and_are_given_up_are_noted()
    {
        await using var cache = Recording();
        await new TestJob(cache, new FakeDownloader(Video)).DownloadAsync();

        await cache.Manager.ExpectRetryAsync("job-1", DateTimeOffset.UtcNow.AddMinutes(10));
        await cache.Manager.CompleteJobAsync("job-1");
        await cache.Manager.AbandonJobAsync("job-2");
        await cache.Manager.FlushAsync();

        Of(cache, HistoryEventKind.JobStarted).Should().ContainSingle();
        Of(cache, HistoryEventKind.RetryExpected).Should().ContainSingle().Which.Duration.Should().BeCloseTo(TimeSpan.FromMinutes(10), TimeSpan.FromMinutes(1));
        Of(cache, HistoryEventKind.JobCompleted).Should().ContainSingle().Which.Job.Should().Be(Of(cache, HistoryEventKind.JobStarted).Single().Job);
        Of(cache, HistoryEventKind.JobAbandoned).Should().ContainSingle();
    }

    [Fact]
    public async Task Prefetch_says_what_became_of_it_and_of_its_bytes()
    {
        await using var cache = new Prefetch.AheadCache(static settings => settings with { History = 1_000_000 });
        await cache.FetchAsync(1);
        await cache.FetchAsync(2);
        await cache.DownloadAsync(1);
        await cache.Manager.ClearAsync();
        await cache.BooksAsync();
        await cache.Manager.FlushAsync();

        Of(cache.Cache, HistoryEventKind.Prefetched).Should().HaveCount(2).And.OnlyContain(static e => e.Operation == "Stored" && e.Bytes == 40_000 && e.Entry != null && e.Key != null && e.Job != null);
        Of(cache.Cache, HistoryEventKind.PrefetchUsed).Should().ContainSingle().Which.Bytes.Should().Be(40_000);
        Of(cache.Cache, HistoryEventKind.PrefetchWasted).Should().ContainSingle().Which.Bytes.Should().Be(40_000);
    }

    [Fact]
    public async Task What_goes_to_a_pool_comes_from_it_or_is_given_up_is_told()
    {
        var store = new Remote.MemoryObjectStore();
        await using var first = InPool(store);
        await first.WorkAsync();
        await first.Cache.Manager.FlushAsync();
        await using var second = InPool(store);
        await second.WorkAsync();
        await second.Cache.Manager.FlushAsync();
        var time = new DrivenTime();
        await using var alone = InPool(new Remote.MemoryObjectStore { Throws = static () => new ObjectStoreException(ObjectStoreFault.Unavailable, "down") }, time);
        await alone.WorkAsync();
        time.Jump(TimeSpan.FromHours(25));
        await alone.Cache.Manager.CleanupAsync();
        await alone.Cache.Manager.FlushAsync();
        await alone.Cache.Manager.FlushAsync();

        Of(first.Cache, HistoryEventKind.Sent).Should().HaveCount(2).And.OnlyContain(static e => e.Bytes > 0 && e.Entry != null && e.Duration != null);
        Of(first.Cache, HistoryEventKind.Requested).Should().OnlyContain(static e => e.Operation == null);
        Of(second.Cache, HistoryEventKind.Requested).Should().HaveCount(2).And.OnlyContain(static e => e.Operation == "Remote" && e.Bytes > 0);
        Of(alone.Cache, HistoryEventKind.SendDropped).Should().HaveCount(2).And.OnlyContain(static e => e.Operation == "QueueAge" && e.Entry != null);
    }

    [Fact]
    public void Every_kind_has_its_test_here()
    {
        var source = File.ReadAllText(Path.Combine(Snapshot.Repository, "tests", "SmartCache.Tests", "History", "HistoryEventTests.cs"));

        Enum.GetNames<HistoryEventKind>().Should().OnlyContain(kind => source.Contains("HistoryEventKind." + kind, StringComparison.Ordinal));
    }

    private static TestCache Recording() => new(static settings => settings with { History = 1_000_000 });

    private static Remote.Host InPool(IObjectStore store, TimeProvider? time = null) => new(store, configure: static settings => settings with { History = 1_000_000 }, time: time);

    private static List<HistoryEvent> Of(TestCache cache, HistoryEventKind kind) =>
        [.. HistoryReader.Read(FileSystem.Current, Path.Combine(cache.CacheRoot(), HistoryRecorder.Folder)).Where(e => e.Kind == kind)];

    /// <summary>The disk of the sources, on which from a moment on nothing comes back.</summary>
    private sealed class SourcesHang : ForwardingFileSystem, IDisposable
    {
        private readonly ManualResetEventSlim _answers = new(true);

        public void Hang() => _answers.Reset();

        public void Answer() => _answers.Set();

        public void Dispose() => Answer();

        public override FileFacts? Stat(string path)
        {
            if (path.Contains("/sources/", StringComparison.Ordinal))
            {
                _answers.Wait();
            }

            return base.Stat(path);
        }
    }
}
