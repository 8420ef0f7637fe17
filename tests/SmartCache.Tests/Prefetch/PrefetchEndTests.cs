using SmartCache.Abstractions;
using SmartCache.Configuration;
using SmartCache.Prefetch;
using SmartCache.Storage.Platform;
using SmartCache.Tests.Support;

namespace SmartCache.Tests.Prefetch;

/// <summary>What ends a download ahead, with a job at it and without: what is switched off, what can be no entry, what does not heed its end.</summary>
public class PrefetchEndTests
{
    private const int Length = 40_000;
    private static readonly string _url = AheadCache.Url(1);
    private static readonly TimeSpan _second = TimeSpan.FromSeconds(1);

    [Fact]
    public async Task Next_attempt_is_not_the_jobs_that_joined_the_last_one()
    {
        var downloader = new Stubborn();
        await using var cache = Cache(downloader);
        var stages = cache.Cache.Layer().Stages;
        var ticket = await cache.AnnounceAsync(1);
        var first = await downloader.BegunAsync();
        stages.DownloadBegins();
        using var away = new CancellationTokenSource();
        cache.Own.Hold(_url);
        var job = cache.Job.DownloadAsync(cache.Request(1), cancellationToken: away.Token);
        await UntilAsync(() => cache.Manager.Prefetcher.Running.Any(static item => item.IsJoined));

        first.SetResult();
        await cache.Own.BegunAsync(_url);
        await away.CancelAsync();
        await FluentActions.Awaiting(() => job).Should().ThrowAsync<OperationCanceledException>();
        stages.DownloadEnds();
        var second = await downloader.BegunAsync();
        cache.Manager.Prefetcher.Running.Should().ContainSingle().Which.IsJoined.Should().BeFalse();

        // It makes way, and whoever counts downloads counts none.
        stages.DownloadBegins();
        second.SetResult();
        await UntilAsync(() => cache.Manager.Prefetcher.Running.Count == 0);
        stages.Downloads.Should().BeTrue();
        stages.DownloadEnds();
        stages.Downloads.Should().BeFalse();
        (await downloader.BegunAsync()).SetResult();
        (await ticket.Completion.Guarded()).Should().Be(PrefetchOutcome.Stored);
    }

    [Theory]
    [InlineData("prefetch")]
    [InlineData("observe")]
    [InlineData("sources")]
    [InlineData("cache")]
    [InlineData("file")]
    public async Task Switched_off_what_runs_ends_and_what_waits_does_not_begin(string what)
    {
        var time = new DrivenTime();
        await using var cache = new AheadCache(time: time);
        cache.Ahead.Hold(_url);
        PrefetchTicket[] tickets = [await cache.AnnounceAsync(1), await cache.AnnounceAsync(2)];
        await cache.Ahead.BegunAsync(_url);

        var settings = cache.Cache.Settings;
        cache.Cache.Settings = what switch
        {
            "prefetch" => settings with { PrefetchMode = LayerMode.Off },
            "observe" => settings with { PrefetchMode = LayerMode.Observe },
            "sources" => settings with { SourcesMode = LayerMode.Off },
            "cache" => settings with { Enabled = false },
            _ => settings,
        };
        if (what == "file")
        {
            await File.WriteAllTextAsync(Path.Combine(settings.Root, "DISABLED"), "");
        }

        while (!tickets[0].Completion.IsCompleted)
        {
            time.Advance(_second);
            await Task.Delay(1);
        }

        (await Task.WhenAll(tickets.Select(static ticket => ticket.Completion)).Guarded()).Should().AllBeEquivalentTo(PrefetchOutcome.NotAllowed);
        cache.Ahead.Order.Should().Equal(_url);
        cache.Ahead.Cancelled.Should().Be(1);
    }

    [Fact]
    public async Task What_does_not_heed_its_end_shows_no_life_to_the_job_that_waits()
    {
        var time = new DrivenTime();
        IProgress<StageProgress>? progress = null;
        var downloader = new Stubborn { Begins = told => progress = told };
        await using var cache = Cache(downloader, static settings => settings with { LockTimeout = TimeSpan.FromSeconds(10), PrefetchDuringTransfers = DuringTransfers.PauseForDownloads }, time);
        var ticket = await cache.AnnounceAsync(1);
        var gate = await downloader.BegunAsync();
        cache.Cache.Layer().Stages.DownloadBegins();
        var waiting = new ProgressSignal("waiting");
        var job = Task.Run(() => cache.Job.DownloadAsync(cache.Request(1), waiting));
        await waiting.Seen;

        for (var reports = 0; reports < 2000 && !job.IsCompleted; reports++)
        {
            progress!.Report(new StageProgress("download") { Bytes = reports });
            time.Advance(TimeSpan.FromMilliseconds(100));
            await Task.Delay(1);
        }

        job.IsCompleted.Should().BeTrue("nobody waits for what is thrown away");
        cache.Own.Order.Should().ContainSingle();
        await ticket.DisposeAsync();
        gate.SetResult();
        await ticket.Completion.Guarded();
    }

    [Fact]
    public async Task Joined_download_that_can_be_no_entry_is_ended()
    {
        IProgress<StageProgress>? progress = null;
        var downloader = new Stubborn { Begins = told => progress = told, Heeds = true };
        await using var cache = Cache(downloader, static settings => settings with { MaxSize = 500_000 });
        var ticket = await cache.AnnounceAsync(1);
        await downloader.BegunAsync();
        var job = cache.Job.DownloadAsync(cache.Request(1));
        await UntilAsync(() => cache.Manager.Prefetcher.Running.Any(static item => item.IsJoined));
        progress!.Report(new StageProgress("download") { Bytes = 1, TotalBytes = 400_000 });
        ticket.Completion.IsCompleted.Should().BeFalse("it is more than may be fetched ahead, but the job's by now");

        progress.Report(new StageProgress("download") { Bytes = 1, TotalBytes = 600_000 });

        (await ticket.Completion.Guarded()).Should().Be(PrefetchOutcome.NoRoom);
        (await job.Guarded()).Outcome.Should().Be(CacheOutcome.Miss);
    }

    [Fact]
    public async Task Joined_download_is_ended_when_the_disk_is_full()
    {
        var time = new DrivenTime();
        var disk = new DiskOfSize(10_000_000);
        var downloader = new Stubborn { Heeds = true };
        await using var cache = Cache(downloader, static settings => settings with { MinFreeSpace = new FreeSpaceFloor(100_000, null) }, time, disk);
        var ticket = await cache.AnnounceAsync(1);
        await downloader.BegunAsync();
        var job = Task.Run(() => cache.Job.DownloadAsync(cache.Request(1)));
        await UntilAsync(() => cache.Manager.Prefetcher.Running.Any(static item => item.IsJoined));

        disk.Available = static () => 90_000;
        time.Advance(_second);

        (await ticket.Completion.Guarded()).Should().Be(PrefetchOutcome.NoRoom);
        while (!job.IsCompleted)
        {
            time.Advance(TimeSpan.FromMilliseconds(100));
            await Task.Delay(1);
        }

        (await job).Outcome.Should().BeOneOf(CacheOutcome.Miss, CacheOutcome.Bypass);
    }

    [Fact]
    public async Task Lock_that_cannot_be_had_is_a_failure_and_not_asked_for_for_ever()
    {
        var time = new DrivenTime();
        var disk = new NoLocks();
        await using var cache = Cache(new Stubborn(), null, time, disk);
        var ticket = await cache.AnnounceAsync(1);

        await UntilAsync(() => disk.Asked > 0 && cache.Manager.Prefetcher.Running.Count == 0);
        cache.Cache.Log.Of(902).Should().ContainSingle();
        time.Advance(TimeSpan.FromMinutes(1));

        (await ticket.Completion.Guarded()).Should().Be(PrefetchOutcome.Failed);
        disk.Asked.Should().Be(2);
    }

    [Fact]
    public async Task Job_that_will_not_use_it_does_not_wait_for_it()
    {
        await using var cache = new AheadCache();
        cache.Ahead.Hold(_url);
        var ticket = await cache.AnnounceAsync(1);
        await cache.Ahead.BegunAsync(_url);
        await UntilAsync(() => Directory.GetFiles(Path.Combine(cache.Cache.Settings.Root, "sources", "locks"), "make-*").Any(static path => new FileInfo(path).Length > 0));

        var video = await cache.Job.DownloadAsync(cache.Request(1) with { Use = CacheUse.Refresh }).Guarded();

        (video.Outcome, cache.Own.Order.Count).Should().Be((CacheOutcome.Miss, 1));
        await UntilAsync(() => Volatile.Read(ref cache.Ahead.Cancelled) == 1);
        cache.Ahead.Release(_url);
        (await ticket.Completion.Guarded()).Should().BeOneOf(PrefetchOutcome.AlreadyThere, PrefetchOutcome.Stored);
    }

    private static AheadCache Cache(IVideoDownloader downloader, Func<CacheSettings, CacheSettings>? configure = null, TimeProvider? time = null, FileSystem? disk = null) =>
        new(configure, time, fileSystem: disk, with: services => services with { Downloaders = new OnePrefetchDownloader(downloader) });

    private static Task UntilAsync(Func<bool> isSo) => Task.Run(async () =>
    {
        while (!isSo())
        {
            await Task.Delay(1);
        }
    }).Guarded();

    /// <summary>Holds each download until the test lets it go, whatever its token says, and fails then if it was cancelled.</summary>
    private sealed class Stubborn : IVideoDownloader
    {
        private readonly System.Threading.Channels.Channel<TaskCompletionSource> _begun = System.Threading.Channels.Channel.CreateUnbounded<TaskCompletionSource>();

        public bool Heeds { get; init; }

        public Action<IProgress<StageProgress>?>? Begins { get; init; }

        public Task<TaskCompletionSource> BegunAsync() => _begun.Reader.ReadAsync().AsTask().Guarded();

        public async Task<DownloadedVideo> DownloadAsync(DownloadRequest request, IProgress<StageProgress>? progress = null, CancellationToken cancellationToken = default)
        {
            var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            Begins?.Invoke(progress);
            _begun.Writer.TryWrite(gate);
            await gate.Task.WaitAsync(Heeds ? cancellationToken : CancellationToken.None);
            cancellationToken.ThrowIfCancellationRequested();
            await File.WriteAllBytesAsync(request.DestinationPath, Bytes.Random(Length, 1), cancellationToken);
            return new DownloadedVideo(request.DestinationPath, Length);
        }
    }

    /// <summary>A directory in which the locks of keys may not be made.</summary>
    private sealed class NoLocks : ForwardingFileSystem
    {
        public int Asked;

        public override FileLock? TryLock(string path, bool exclusive, UnixFileMode mode)
        {
            if (!Path.GetFileName(path).StartsWith("make-", StringComparison.Ordinal))
            {
                return base.TryLock(path, exclusive, mode);
            }

            Interlocked.Increment(ref Asked);
            throw new UnauthorizedAccessException("open: Permission denied");
        }
    }
}
