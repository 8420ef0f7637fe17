using SmartCache.Storage.Platform;
using SmartCache.Tests.Prefetch;
using SmartCache.Tests.Support;

namespace SmartCache.Tests.Concurrency;

public class LockTimeoutTests
{
    private static readonly TimeSpan LockTimeout = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan Step = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan WaiterPause = TimeSpan.FromMilliseconds(100);

    private readonly DrivenTime _time = new();
    private readonly TaskCompletionSource _mayFinish = new();
    private readonly ProgressSignal _waiter = new("waiting");
    private readonly System.Collections.Concurrent.ConcurrentQueue<string?> _partials = new();
    private IProgress<StageProgress>? _producerProgress;

    [Fact]
    public async Task Producer_without_a_sign_of_life_is_not_waited_for()
    {
        await using var cache = NewCache();
        var (producer, next, inner) = await StartAsync(cache);

        await PassAsync(cache, LockTimeout * 3, next);

        (await next.Guarded()).Outcome.Should().Be(CacheOutcome.Miss);
        inner.Calls.Should().Be(2);
        cache.Log.Of(412).Should().ContainSingle();
        _waiter.Phases.Count(static phase => phase == "waiting").Should().BeGreaterThan(10);
        _mayFinish.SetResult();
        await producer.Guarded();
    }

    [Fact]
    public async Task Producer_that_works_beside_another_is_given_no_partial_that_both_would_write()
    {
        await using var cache = NewCache();
        var (producer, next, _) = await StartAsync(cache);

        await PassAsync(cache, LockTimeout * 3, next);

        await next.Guarded();
        _mayFinish.SetResult();
        await producer.Guarded();
        _partials.Should().HaveCount(2);
        _partials.First().Should().StartWith(cache.Settings.Root);
        _partials.Last().Should().BeNull();
    }

    [Fact]
    public async Task Producer_that_reports_progress_is_waited_for_beyond_LockTimeout()
    {
        await using var cache = NewCache();
        var (producer, next, inner) = await StartAsync(cache);

        await PassAsync(cache, LockTimeout * 3, next, () => _producerProgress!.Report(new StageProgress("download")));

        await AssertJoinsAsync(cache, producer, next, inner);
    }

    [Fact]
    public async Task Producer_whose_output_grows_is_waited_for_beyond_LockTimeout()
    {
        await using var cache = NewCache();
        var (producer, next, inner) = await StartAsync(cache);

        await PassAsync(cache, LockTimeout * 3, next, () => File.AppendAllText(cache.WorkPath("a.mp4"), "more"));

        await AssertJoinsAsync(cache, producer, next, inner);
    }

    [Fact]
    [Trait("Found", "M12d")]
    public async Task Producer_whose_save_hangs_is_not_waited_for()
    {
        using var disk = new SlowFlush();
        await using var cache = NewCache(disk);
        using var release = disk; // Before the cache ends, which waits for its saves.
        var (producer, next, inner) = await StartAsync(cache);
        _mayFinish.SetResult();
        await producer.Guarded();
        await disk.Flushing.Guarded();

        for (var passed = TimeSpan.Zero; passed < LockTimeout * 3 && !next.IsCompleted; passed += Step)
        {
            await Task.WhenAny(next, _time.WaiterAsync(WaiterPause)).Guarded();
            _time.Advance(Step);
        }

        (await next.Guarded()).Outcome.Should().Be(CacheOutcome.Miss);
        inner.Calls.Should().Be(2);
        disk.Dispose();
    }

    [Fact]
    [Trait("Found", "M12d")]
    public async Task Producer_whose_save_moves_is_waited_for_beyond_LockTimeout()
    {
        using var disk = new SlowFlush();
        await using var cache = NewCache(disk);
        using var release = disk; // Before the cache ends, which waits for its saves.
        var (producer, next, inner) = await StartAsync(cache);
        _mayFinish.SetResult();
        await producer.Guarded();
        await disk.Flushing.Guarded();

        await PassAsync(cache, LockTimeout * 3, next, disk.FlushAPiece);

        next.IsCompleted.Should().BeFalse(cache.Log.ToString());
        disk.Dispose();
        await AssertJoinsAsync(cache, producer, next, inner);
    }

    [Fact]
    public async Task Save_of_a_joined_download_ahead_that_moves_is_waited_for_beyond_LockTimeout()
    {
        using var disk = new SlowFlush();
        await using var cache = new AheadCache(static settings => settings with { LockTimeout = LockTimeout, OperationTimeout = TimeSpan.FromDays(1) }, _time, fileSystem: disk);
        using var release = disk;
        var gate = cache.Ahead.Hold(AheadCache.Url(1));
        await using var ticket = await cache.AnnounceAsync(1);
        await cache.Ahead.BegunAsync(AheadCache.Url(1));
        var job = Task.Run(() => cache.Job.DownloadAsync(cache.Request(1), _waiter));
        await _waiter.Seen;
        while (!cache.Manager.Prefetcher.Running.Any(static item => item.IsJoined))
        {
            await Task.Yield();
        }

        gate.SetResult();
        await disk.Flushing.Guarded();
        await PassAsync(cache.Cache, LockTimeout * 3, job, disk.FlushAPiece);

        job.IsCompleted.Should().BeFalse(cache.Cache.Log.ToString());
        disk.Dispose();
        await ticket.Completion.Guarded();
        while (!job.IsCompleted)
        {
            await Task.WhenAny(job, _time.WaiterAsync(WaiterPause)).Guarded();
            _time.Advance(WaiterPause);
        }

        (await job).Outcome.Should().Be(CacheOutcome.Joined);
        cache.Own.Order.Should().BeEmpty();
    }

    // The clock is driven in steps of an OperationTimeout's usual length, so that one must not be in the way.
    private TestCache NewCache(FileSystem? disk = null) =>
        new(settings => settings with { LockTimeout = LockTimeout, OperationTimeout = TimeSpan.FromDays(1) }, time: _time, fileSystem: disk);

    private async Task AssertJoinsAsync(TestCache cache, Task<DownloadedVideo> producer, Task<DownloadedVideo> next, FakeDownloader inner)
    {
        next.IsCompleted.Should().BeFalse(cache.Log.ToString());
        inner.Calls.Should().Be(1);
        _mayFinish.TrySetResult();
        await producer.Guarded();

        // The save takes real time, during which the loop below would drive the clock beyond any time-out.
        await cache.Manager.FlushAsync().Guarded();
        while (!next.IsCompleted)
        {
            await Task.WhenAny(next, _time.WaiterAsync(WaiterPause)).Guarded();
            _time.Advance(WaiterPause);
        }

        (await next).Outcome.Should().Be(CacheOutcome.Joined);
    }

    private async Task PassAsync(TestCache cache, TimeSpan time, Task next, Action? live = null)
    {
        for (var passed = TimeSpan.Zero; passed < time && !next.IsCompleted; passed += Step)
        {
            await Task.WhenAny(next, _time.WaiterAsync(WaiterPause)).Guarded();
            live?.Invoke();
            _time.Advance(Step);
            if (live is not null)
            {
                // On a busy machine half an hour of this clock passes before the thread that shows life runs once.
                await ShownLifeAsync(cache);
            }
        }
    }

    private async Task ShownLifeAsync(TestCache cache)
    {
        var lockFile = Directory.GetFiles(Path.Combine(cache.Settings.Root, "sources", "locks"), "make-*").Single();
        using var guard = new CancellationTokenSource(HangGuard.Limit);
        while (File.GetLastWriteTimeUtc(lockFile) < _time.GetUtcNow().UtcDateTime)
        {
            await Task.Delay(1, guard.Token);
        }
    }

    private async Task<(Task<DownloadedVideo> Producer, Task<DownloadedVideo> Next, FakeDownloader Inner)> StartAsync(TestCache cache)
    {
        var called = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var inner = new FakeDownloader(Bytes.Random(50_000));
        var capturing = new CapturingDownloader(inner, (request, progress) =>
        {
            _partials.Enqueue(request.PartialPath);
            _producerProgress ??= progress;
        });
        inner.Before = token =>
        {
            called.TrySetResult();
            return inner.Calls == 1 ? _mayFinish.Task.WaitAsync(token) : Task.CompletedTask;
        };
        var downloader = new CachingVideoDownloader(capturing, cache.Manager);
        var producer = downloader.DownloadAsync(new DownloadRequest(TestJob.Url, cache.WorkPath("a.mp4")));
        await called.Task.Guarded();
        var next = downloader.DownloadAsync(new DownloadRequest(TestJob.Url, cache.WorkPath("b.mp4")), _waiter);
        await _waiter.Seen;
        return (producer, next, inner);
    }

    private sealed class CapturingDownloader(IVideoDownloader inner, Action<DownloadRequest, IProgress<StageProgress>?> capture) : IVideoDownloader
    {
        public Task<DownloadedVideo> DownloadAsync(DownloadRequest request, IProgress<StageProgress>? progress = null, CancellationToken cancellationToken = default)
        {
            capture(request, progress);
            return inner.DownloadAsync(request, progress, cancellationToken);
        }
    }

    /// <summary>Flushes a file in pieces, each of which a test lets through, and waits in the middle of the first one.</summary>
    private sealed class SlowFlush : ForwardingFileSystem, IDisposable
    {
        private readonly TaskCompletionSource _flushing = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly SemaphoreSlim _pieces = new(0);
        private readonly SemaphoreSlim _flushed = new(0);
        private volatile bool _isOver;

        public Task Flushing => _flushing.Task;

        public void FlushAPiece()
        {
            _pieces.Release();
            _flushed.Wait(HangGuard.Limit).Should().BeTrue();
        }

        public override void Flush(string path, OperationPulse pulse)
        {
            while (!_isOver)
            {
                _flushing.TrySetResult();
                _pieces.Wait();
                pulse.Beat();
                _flushed.Release();
            }

            base.Flush(path, pulse);
        }

        public void Dispose()
        {
            _isOver = true;
            _pieces.Release(100);
        }
    }
}
