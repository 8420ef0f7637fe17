using Microsoft.Extensions.DependencyInjection;
using SmartCache.Hosting;
using SmartCache.Tests.Support;

namespace SmartCache.Tests.Jobs;

public class ShutdownTests
{
    private static readonly byte[] Video = Bytes.Random(50_000);

    [Fact]
    public async Task Save_that_is_done_within_the_hosts_patience_is_kept()
    {
        using var release = new ManualResetEventSlim();
        await using var cache = new TestCache(probe: new FakeProbe { Before = token => release.Wait(HangGuard.Limit, token) });
        var job = new TestJob(cache, new FakeDownloader(Video));
        using var service = new CacheMaintenanceService(cache.Manager, TimeProvider.System, cache.Log);
        await job.Downloader.DownloadAsync(job.Request());

        var stop = service.StopAsync(CancellationToken.None);
        stop.IsCompleted.Should().BeFalse();
        release.Set();
        await stop.Guarded();

        cache.Entries("sources").Should().ContainSingle();
        cache.Log.Of(506).Should().BeEmpty();
    }

    [Fact]
    public async Task Save_that_is_not_done_is_abandoned_cleanly_and_a_miss_next_time()
    {
        using var entered = new SemaphoreSlim(0);
        await using var cache = new TestCache(probe: new FakeProbe
        {
            Before = token =>
            {
                entered.Release();
                token.WaitHandle.WaitOne(HangGuard.Limit);
                token.ThrowIfCancellationRequested();
            },
        });
        var job = new TestJob(cache, new FakeDownloader(Video));
        using var service = new CacheMaintenanceService(cache.Manager, TimeProvider.System, cache.Log);
        var video = await job.Downloader.DownloadAsync(job.Request());
        await entered.WaitAsync().Guarded();

        await service.StopAsync(new CancellationToken(canceled: true)).Guarded();

        cache.Log.Of(506).Should().ContainSingle().Which.Should().StartWith("1 ");
        cache.Log.Of(400).Should().BeEmpty("being stopped is no fault");
        cache.Entries("sources").Should().BeEmpty();
        Directory.EnumerateFiles(Path.Combine(cache.Settings.Root, "sources", "staging"), "*", SearchOption.AllDirectories).Should().BeEmpty();
        Bytes.Sha256OfFile(video.Path).Should().Be(Bytes.Sha256(Video));

        await using var next = new TestCache(root: cache.Root);
        (await new TestJob(next, new FakeDownloader(Video)).DownloadAsync()).Outcome.Should().Be(CacheOutcome.Miss);
    }

    [Fact]
    public async Task Unproven_source_whose_encode_fails_while_the_worker_stops_is_dropped_all_the_same()
    {
        await using var cache = new TestCache();
        var job = new TestJob(cache, new FakeDownloader(Video), Failing());
        var video = await job.DownloadAsync();
        await StopInTheMiddleAsync(cache);

        await job.Awaiting(it => it.EncodeAsync(video)).Should().ThrowAsync<InvalidOperationException>();

        await using var next = new TestCache(root: cache.Root);
        (await new TestJob(next, new FakeDownloader(Video)).DownloadAsync()).Outcome.Should().Be(CacheOutcome.Miss);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Proven_source_that_there_was_no_time_to_read_again_is_read_before_it_is_given_to_anybody(bool isSpoilt)
    {
        await using var cache = new TestCache();
        var job = new TestJob(cache, new FakeDownloader(Video));
        var video = await job.DownloadAsync();
        await job.EncodeAsync(video);
        await StopInTheMiddleAsync(cache);
        var failing = new TestJob(cache, new FakeDownloader(Video), Failing());
        await failing.Awaiting(it => it.EncodeAsync(video, use: CacheUse.Refresh)).Should().ThrowAsync<InvalidOperationException>();
        if (isSpoilt)
        {
            Spoil.Silently(cache.Entries("sources").Single());
        }

        await using var next = new TestCache(root: cache.Root);
        var again = await new TestJob(next, new FakeDownloader(Video)).DownloadAsync();

        again.Outcome.Should().Be(isSpoilt ? CacheOutcome.Miss : CacheOutcome.Hit);
        Bytes.Sha256OfFile(again.Path).Should().Be(Bytes.Sha256(Video));
        next.Manager.SourceStore.Catalog.Facts(Bytes.Sha256(Video))!.Should().BeEquivalentTo(new { Suspected = false, Proven = true });
    }

    [Fact]
    public async Task Dispose_finishes_saves_and_may_be_called_again()
    {
        await using var cache = new TestCache();
        var job = new TestJob(cache, new FakeDownloader(Video));
        await job.Downloader.DownloadAsync(job.Request());

        await cache.Manager.DisposeAsync();
        await cache.Manager.DisposeAsync();
        cache.Manager.Dispose();

        cache.Entries("sources").Should().ContainSingle();
        Directory.EnumerateFiles(Path.Combine(cache.Settings.Root, "sources", "locks"), "writer-*").Should().BeEmpty();
    }

    [Fact]
    public async Task Job_that_runs_on_after_the_cache_was_disposed_of_succeeds()
    {
        await using var cache = new TestCache();
        var job = new TestJob(cache, new FakeDownloader(Video));
        await cache.Manager.DisposeAsync();

        var video = await job.DownloadAsync();
        await job.EncodeAsync(video);

        Bytes.Sha256OfFile(video.Path).Should().Be(Bytes.Sha256(Video));
        job.InnerEncoder.Calls.Should().Be(1);
    }

    [Fact]
    public void Container_that_is_disposed_of_synchronously_does_not_throw()
    {
        var root = Directory.CreateTempSubdirectory("smartcache-").FullName;
        try
        {
            var container = new ServiceCollection().AddSmartCache(options => options.Directory = root).Services.BuildServiceProvider();
            container.GetRequiredService<ICacheManager>().Should().BeOfType<CacheManager>();
            container.Invoking(static it => it.Dispose()).Should().NotThrow();
        }
        finally
        {
            Directory.Delete(root, recursive: true);
        }
    }

    [Fact]
    public async Task Worker_process_that_is_terminated_in_the_middle_of_a_save_leaves_a_whole_cache()
    {
        await using var cache = new TestCache();
        using var worker = new WorkerProcess("hang-save", cache.Settings.Root, cache.Work, TestJob.Url);
        await worker.WaitForLineAsync("hanging");

        worker.Terminate();
        (await worker.ExitAsync()).Should().Be(0);

        await AssertWholeAsync(cache);
        Directory.EnumerateFiles(Path.Combine(cache.Settings.Root, "sources", "locks"), "writer-*").Should().ContainSingle("only this process's writer is left");
    }

    [Fact]
    public async Task Worker_process_that_is_killed_in_the_middle_of_a_save_leaves_a_whole_cache()
    {
        await using var cache = new TestCache();
        using var worker = new WorkerProcess("hang-save", cache.Settings.Root, cache.Work, TestJob.Url);
        await worker.WaitForLineAsync("hanging");

        worker.Kill();
        await worker.ExitAsync();

        await AssertWholeAsync(cache);
    }

    private static FakeEncoder Failing() => new() { Before = static (_, _) => throw new InvalidOperationException("invalid data") };

    /// <summary>The host's patience ends while something is still being saved.</summary>
    private static async Task StopInTheMiddleAsync(TestCache cache)
    {
        _ = cache.Manager.Saves.Run(static async stopping =>
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            return true;
        });
        (await cache.Manager.Saves.StopAsync(new CancellationToken(canceled: true)).Guarded()).Should().Be(1);
    }

    private static async Task AssertWholeAsync(TestCache cache)
    {
        cache.Entries("sources").Should().BeEmpty();
        var job = new TestJob(cache, new FakeDownloader(Video));
        (await job.DownloadAsync()).Outcome.Should().Be(CacheOutcome.Miss);
        (await job.DownloadAsync()).Outcome.Should().Be(CacheOutcome.Hit);
        (await cache.Manager.VerifyAsync()).Should().Be(new VerifyReport { Entries = 1, Bytes = Video.Length, Quarantined = 0 });
        await cache.Manager.CleanupAsync();
        Directory.EnumerateFiles(Path.Combine(cache.Settings.Root, "sources", "staging"), "*", SearchOption.AllDirectories)
            .Should().BeEmpty("what the dead worker left is swept by the proof of its free lock");
        cache.Log.Of(400).Should().BeEmpty();
    }
}
