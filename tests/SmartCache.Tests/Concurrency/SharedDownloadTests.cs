using SmartCache.Tests.Support;

namespace SmartCache.Tests.Concurrency;

public class SharedDownloadTests
{
    private const string Url = "http://example.test/video.mp4";
    private static readonly byte[] Video = Bytes.Random(100_000);

    [Fact]
    public async Task Calls_64_at_once_in_one_process_download_once()
    {
        await using var cache = new TestCache();
        var mayFinish = new TaskCompletionSource();
        var inner = new FakeDownloader(Video) { Before = token => mayFinish.Task.WaitAsync(token) };
        var downloader = new CachingVideoDownloader(inner, cache.Manager);
        var waiters = Enumerable.Range(0, 64).Select(static _ => new ProgressSignal("waiting")).ToArray();

        var calls = waiters.Select((waiter, number) => Task.Run(() => downloader.DownloadAsync(Request(cache, $"{number}.mp4"), waiter))).ToArray();
        await WaitForAllButOneAsync([.. waiters.Select(static waiter => waiter.Seen)]);
        mayFinish.SetResult();
        var videos = await Task.WhenAll(calls).Guarded();

        inner.Calls.Should().Be(1);
        videos.Should().ContainSingle(static video => video.Outcome == CacheOutcome.Miss);
        videos.Where(static video => video.Outcome != CacheOutcome.Miss).Should().OnlyContain(static video => video.Outcome == CacheOutcome.Joined);
        videos.Should().OnlyContain(video => Bytes.Sha256OfFile(video.Path) == Bytes.Sha256(Video));
        cache.Log.Of(400).Should().BeEmpty();
    }

    [Fact]
    public async Task Four_processes_with_16_calls_each_download_once()
    {
        await using var cache = new TestCache();
        var log = cache.WorkPath("productions");
        var workers = Enumerable.Range(0, 4).Select(_ => new WorkerProcess("download", cache.Settings.Root, cache.Work, log, Url, "16")).ToArray();
        try
        {
            var outcomes = await RunTogetherAsync(workers);

            File.ReadAllLines(log).Should().ContainSingle();
            outcomes.Should().HaveCount(64).And.OnlyContain(static outcome => outcome == "Miss" || outcome == "Hit" || outcome == "Joined");
            outcomes.Should().ContainSingle(static outcome => outcome == "Miss");
        }
        finally
        {
            Array.ForEach(workers, static worker => worker.Dispose());
        }
    }

    [Fact]
    public async Task Waiter_that_cancels_ends_only_its_own_wait()
    {
        await using var cache = new TestCache();
        var mayFinish = new TaskCompletionSource();
        var inner = new FakeDownloader(Video) { Before = token => mayFinish.Task.WaitAsync(token) };
        var downloader = new CachingVideoDownloader(inner, cache.Manager);
        var producer = await StartProducerAsync(cache, downloader, inner);
        using var cancellation = new CancellationTokenSource();
        var (impatient, patient) = (new ProgressSignal("waiting"), new ProgressSignal("waiting"));
        var cancelled = downloader.DownloadAsync(Request(cache, "b.mp4"), impatient, cancellation.Token);
        var waiting = downloader.DownloadAsync(Request(cache, "c.mp4"), patient);
        await impatient.Seen;
        await patient.Seen;

        await cancellation.CancelAsync();
        await cancelled.Awaiting(static it => it.Guarded()).Should().ThrowAsync<OperationCanceledException>();
        mayFinish.SetResult();

        (await producer.Guarded()).Outcome.Should().Be(CacheOutcome.Miss);
        (await waiting.Guarded()).Outcome.Should().Be(CacheOutcome.Joined);
        inner.Calls.Should().Be(1);
    }

    [Fact]
    public async Task Producer_that_throws_is_followed_by_the_next_waiter()
    {
        await using var cache = new TestCache();
        var fail = new TaskCompletionSource();
        var inner = new FakeDownloader(Video);
        inner.Before = token => inner.Calls == 1 ? fail.Task.WaitAsync(token) : Task.CompletedTask;
        var downloader = new CachingVideoDownloader(inner, cache.Manager);
        var producer = await StartProducerAsync(cache, downloader, inner);
        var waiter = new ProgressSignal("waiting");
        var next = downloader.DownloadAsync(Request(cache, "b.mp4"), waiter);
        await waiter.Seen;

        fail.SetException(new InvalidOperationException("origin down"));

        await producer.Awaiting(static it => it.Guarded()).Should().ThrowAsync<InvalidOperationException>();
        (await next.Guarded()).Outcome.Should().Be(CacheOutcome.Miss);
        inner.Calls.Should().Be(2);
    }

    [Fact]
    public async Task Producer_that_is_cancelled_is_followed_by_the_next_waiter()
    {
        await using var cache = new TestCache();
        var inner = new FakeDownloader(Video);
        inner.Before = token => inner.Calls == 1 ? Task.Delay(Timeout.Infinite, token) : Task.CompletedTask;
        var downloader = new CachingVideoDownloader(inner, cache.Manager);
        using var cancellation = new CancellationTokenSource();
        var producer = await StartProducerAsync(cache, downloader, inner, cancellation.Token);
        var waiter = new ProgressSignal("waiting");
        var next = downloader.DownloadAsync(Request(cache, "b.mp4"), waiter);
        await waiter.Seen;

        await cancellation.CancelAsync();

        await producer.Awaiting(static it => it.Guarded()).Should().ThrowAsync<OperationCanceledException>();
        (await next.Guarded()).Outcome.Should().Be(CacheOutcome.Miss);
        inner.Calls.Should().Be(2);
    }

    [Fact]
    public async Task Producer_process_that_is_killed_is_followed_by_the_next_waiter()
    {
        await using var cache = new TestCache();
        using var worker = new WorkerProcess("hang-download", cache.Settings.Root, cache.Work, Url);
        await worker.WaitForLineAsync("hanging");
        var inner = new FakeDownloader(Video);
        var waiter = new ProgressSignal("waiting");
        var next = new CachingVideoDownloader(inner, cache.Manager).DownloadAsync(Request(cache, "b.mp4"), waiter);
        await waiter.Seen;
        inner.Calls.Should().Be(0);

        worker.Kill();

        (await next.Guarded()).Outcome.Should().Be(CacheOutcome.Miss);
        inner.Calls.Should().Be(1);
    }

    [Fact]
    public async Task Other_keys_are_not_waited_for()
    {
        await using var cache = new TestCache();
        var mayFinish = new TaskCompletionSource();
        var inner = new FakeDownloader(Video);
        inner.Before = token => inner.Calls == 1 ? mayFinish.Task.WaitAsync(token) : Task.CompletedTask;
        var downloader = new CachingVideoDownloader(inner, cache.Manager);
        var producer = await StartProducerAsync(cache, downloader, inner);

        var other = await downloader.DownloadAsync(new DownloadRequest(Url + "?other", cache.WorkPath("b.mp4"))).Guarded();
        mayFinish.SetResult();
        await producer.Guarded();

        other.Outcome.Should().Be(CacheOutcome.Miss);
    }

    internal static async Task<string[]> RunTogetherAsync(WorkerProcess[] workers)
    {
        foreach (var worker in workers)
        {
            await worker.WaitForLineAsync("ready");
        }

        Array.ForEach(workers, static worker => worker.Go());
        var outcomes = new List<string>();
        foreach (var worker in workers)
        {
            outcomes.AddRange((await worker.ReadLineAsync() ?? "").Split(' '));
            (await worker.ExitAsync()).Should().Be(0);
        }

        return [.. outcomes];
    }

    private static async Task WaitForAllButOneAsync(List<Task> seen)
    {
        while (seen.Count > 1)
        {
            seen.Remove(await Task.WhenAny(seen));
        }
    }

    private static DownloadRequest Request(TestCache cache, string name) => new(Url, cache.WorkPath(name));

    /// <summary>Returns when the inner downloader has been called.</summary>
    private static async Task<Task<DownloadedVideo>> StartProducerAsync(
        TestCache cache, CachingVideoDownloader downloader, FakeDownloader inner, CancellationToken cancellationToken = default)
    {
        var called = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var before = inner.Before!;
        inner.Before = token =>
        {
            called.TrySetResult();
            return before(token);
        };
        var producer = downloader.DownloadAsync(Request(cache, "a.mp4"), null, cancellationToken);
        await called.Task.Guarded();
        return producer;
    }
}
