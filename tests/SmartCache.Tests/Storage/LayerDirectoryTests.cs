using SmartCache.Storage.Platform;
using SmartCache.Tests.Support;

namespace SmartCache.Tests.Storage;

public class LayerDirectoryTests
{
    private const string Url = "http://example.test/video";

    [Theory]
    [InlineData("0777", "700")]
    [InlineData("0000", "700")]
    [InlineData("0077", "770")]
    public async Task Directories_have_the_configured_mode_whatever_the_umask(string umask, string mode)
    {
        var root = Directory.CreateTempSubdirectory("smartcache-test-").FullName;
        try
        {
            var cache = Path.Combine(root, "cache");
            using var worker = StorageWorker.StartWithUmask(umask, "open", cache, mode);
            (await worker.ReadLineAsync()).Should().Be("open");
            var modes = Directory.EnumerateDirectories(cache, "*", SearchOption.AllDirectories).Append(cache).Select(path => Entries.ModeOf(path)).ToList();

            modes.Should().HaveCountGreaterThan(5).And.OnlyContain(found => found == (UnixFileMode)Convert.ToInt32(mode, 8));
            var locks = Directory.EnumerateFiles(Path.Combine(cache, "sources", "locks")).Select(path => Entries.ModeOf(path)).ToList();
            var fileMode = (UnixFileMode)(Convert.ToInt32(mode, 8) & 0b110_110_110);
            locks.Should().NotBeEmpty().And.OnlyContain(found => (found & fileMode) == fileMode && (found & ~fileMode) == 0);
            await worker.FinishAsync();
        }
        finally
        {
            Directory.Delete(root, recursive: true);
        }
    }

    [Fact]
    public async Task Root_that_is_removed_under_the_running_cache_is_made_again()
    {
        await using var cache = new TestCache();
        var inner = new FakeDownloader(Bytes.Random(50_000));
        var downloader = new CachingVideoDownloader(inner, cache.Manager);
        await DownloadAsync();

        Directory.Delete(cache.CacheRoot(), recursive: true);

        (await DownloadAsync()).Should().Be(CacheOutcome.Miss);
        (await DownloadAsync()).Should().Be(CacheOutcome.Hit);
        cache.Log.Of(400).Should().BeEmpty();

        async Task<CacheOutcome?> DownloadAsync()
        {
            var video = await downloader.DownloadAsync(new DownloadRequest(Url, cache.WorkPath("a.mp4")));
            await cache.Manager.FlushAsync();
            return video.Outcome;
        }
    }

    [Theory]
    [InlineData("staging")]
    [InlineData("trash")]
    [InlineData("quarantine")]
    [InlineData("locks")]
    public async Task One_directory_that_is_removed_under_the_running_cache_is_made_again(string name)
    {
        await using var cache = new TestCache();
        var downloader = new CachingVideoDownloader(new FakeDownloader(Bytes.Random(50_000)), cache.Manager);
        cache.Put(Entries.Name, Bytes.Random(5_000));
        Directory.Delete(Path.Combine(cache.Layer().Directory.Root, name), recursive: true);

        // The first operation that needs it may be lost, and no more than that.
        for (var i = 0; i < 2; i++)
        {
            await downloader.DownloadAsync(new DownloadRequest(Url, cache.WorkPath("a.mp4")));
            await cache.Manager.FlushAsync();
            await cache.Manager.CleanupAsync();
        }

        Directory.Exists(Path.Combine(cache.Layer().Directory.Root, name)).Should().BeTrue();
        (await downloader.DownloadAsync(new DownloadRequest(Url, cache.WorkPath("b.mp4")))).Outcome.Should().Be(CacheOutcome.Hit);
        (await cache.Manager.RemoveBySourceAsync(Entries.Name + Entries.Name)).Should().Be(1);
        cache.TryLease(Entries.Name, out _).Should().BeNull();
    }

    [Fact]
    public async Task Layer_whose_locks_do_nothing_stays_closed_with_one_line_and_jobs_succeed()
    {
        await using var cache = new TestCache(fileSystem: new LocksThatDoNothing());
        var bytes = Bytes.Random(50_000);
        var inner = new FakeDownloader(bytes);
        var downloader = new CachingVideoDownloader(inner, cache.Manager);
        for (var i = 1; i <= 3; i++)
        {
            var video = await downloader.DownloadAsync(new DownloadRequest(Url, cache.WorkPath("a.mp4")));
            await cache.Manager.FlushAsync();
            inner.Calls.Should().Be(i);
            (await File.ReadAllBytesAsync(video.Path)).Should().Equal(bytes);
        }

        (await cache.Manager.Sources.TryGetAsync(SourceKey.From(new DownloadRequest(Url, "x")))).Should().BeNull("no path is handed out that nothing protects");
        cache.Log.Of(400).Should().ContainSingle().Which.Should().Contain("do not exclude each other");
        cache.Names().Should().BeEmpty();
    }

    [Fact]
    public async Task Worker_whose_locks_do_nothing_takes_nothing_from_a_live_one()
    {
        await using var live = new TestCache();
        await new TestJob(live, new FakeDownloader(Bytes.Random(50_000))).DownloadAsync();
        live.Put(Entries.Name, Bytes.Random(5_000));
        using var lease = live.TryLease(Entries.Name, out _);
        live.SetLastAccess(Entries.Name, TimeSpan.FromDays(30));
        var half = Path.Combine(live.Layer().Directory.NewStagingPath());
        await File.WriteAllTextAsync(half, "half");
        var before = Directory.GetFileSystemEntries(live.CacheRoot(), "*", SearchOption.AllDirectories);

        // To it every lock of the other looks free, and every writer dead.
        await using (var blind = new TestCache(_ => live.Settings with { MaxSize = 1_000, MaxAge = TimeSpan.FromTicks(1) }, fileSystem: new LocksThatDoNothing()))
        {
            await blind.Manager.CleanupAsync();
            await blind.Manager.ClearAsync();
            await blind.Manager.VerifyAsync();
            await blind.Manager.RemoveBySourceAsync(Entries.Name + Entries.Name);
        }

        Directory.GetFileSystemEntries(live.CacheRoot(), "*", SearchOption.AllDirectories).Should().Contain(before);
        File.Exists(lease!.PathOf(lease.Manifest.Content.Files[0])).Should().BeTrue();
    }

    [Fact]
    [Trait("Found", "M5b")]
    public void Own_lock_that_a_sweeper_holds_for_a_moment_is_waited_for()
    {
        // A sweeper tries every lock of a writer: between the making of the file and its lock it finds it free.
        var root = Directory.CreateTempSubdirectory("smartcache-test-").FullName;
        using var layer = new LayerOf(root, fileSystem: new SweptAtOnce());

        layer.Directory.EnsureOpen();

        Directory.GetFiles(layer.Directory.Locks).Should().ContainSingle();
        Directory.Delete(root, recursive: true);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Error_of_the_disk_while_the_layer_is_opened_does_not_close_it_for_ever(int at)
    {
        // The second lock is the question whether locks exclude. Its error left the first one held, by nobody whom anybody knew.
        await using var cache = new TestCache(fileSystem: new LockThatFailsOnce(at));
        var job = new TestJob(cache, new FakeDownloader(Bytes.Random(20_000)));

        await job.DownloadAsync();
        await job.DownloadAsync();
        var third = await job.DownloadAsync();

        third.Outcome.Should().Be(CacheOutcome.Hit);
    }

    /// <summary>The window is between mkdir(2) and the look at the mode.</summary>
    [Fact]
    public async Task Directory_that_a_clean_up_removes_while_it_is_made_is_no_fault()
    {
        var root = Directory.CreateTempSubdirectory("smartcache-made-").FullName;
        var path = Path.Combine(root, "made");
        using var stop = new CancellationTokenSource();
        var removed = 0;
        var removing = Task.Run(() =>
        {
            while (!stop.IsCancellationRequested)
            {
                try
                {
                    Directory.Delete(path);
                    Interlocked.Increment(ref removed);
                }
                catch (IOException)
                {
                    // Not made yet.
                }
            }
        });
        try
        {
            while (Volatile.Read(ref removed) < 5_000 && !removing.IsCompleted)
            {
                FileSystem.Current.MakeDirectory(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.GroupWrite);
            }
        }
        finally
        {
            await stop.CancelAsync();
            await removing;
        }

        removed.Should().BeGreaterThanOrEqualTo(5_000, "each time it was made again");
        Directory.Delete(root, recursive: true);
    }

    private sealed class SweptAtOnce : ForwardingFileSystem
    {
        private int _tries;

        public override FileLock? TryLock(string path, bool exclusive, UnixFileMode mode) =>
            Interlocked.Increment(ref _tries) == 1 ? null : Real.TryLock(path, exclusive, mode);
    }
}
