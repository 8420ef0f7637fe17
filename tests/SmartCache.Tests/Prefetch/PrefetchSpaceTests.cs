using SmartCache.Configuration;
using SmartCache.Prefetch;
using SmartCache.Storage.Platform;
using SmartCache.Tests.Support;

namespace SmartCache.Tests.Prefetch;

/// <summary>What a download ahead has written counts once, wherever its downloader writes it.</summary>
public class PrefetchSpaceTests
{
    private const int Length = 100_000;
    private const int MaxSize = 1_000_000;
    private static readonly TimeSpan _second = TimeSpan.FromSeconds(1);
    private static readonly string _work = $".{new string('a', 32)}.work";

    [Theory]
    [InlineData("")]
    [InlineData("work")]
    public async Task Full_cache_loses_nothing_for_what_is_reserved_and_lies_in_a_partial(string where)
    {
        var (time, disk) = (new DrivenTime(), new LookedAtDisk());
        var origin = new HeldOrigin(request => request.PartialPath + (where.Length == 0 ? "" : _work));
        await using var cache = Cache(origin, time, disk, static settings => settings with { MaxSize = MaxSize });
        await FillUpAsync(cache);
        var ticket = await cache.AnnounceAsync(1, length: Length);
        await origin.Written.Task.Guarded();
        var names = cache.Cache.Names();
        (await cache.Manager.IsOverLimitAsync(CancellationToken.None)).Should().BeTrue("until the first look it counts twice, so the cache is as full as it may be");

        await disk.LookAsync(time, 3);

        (await cache.Manager.IsOverLimitAsync(CancellationToken.None)).Should().BeFalse();
        (await cache.Manager.Cleaner.RelieveAsync(CancellationToken.None)).Should().Be(0);
        origin.Gate.SetResult();
        (await ticket.Completion.Guarded()).Should().Be(PrefetchOutcome.Stored);
        cache.Cache.Names().Should().Contain(names).And.HaveCount(names.Count + 1);
        (await cache.Manager.IsOverLimitAsync(CancellationToken.None)).Should().BeFalse();
    }

    [Fact]
    public async Task What_the_disk_has_lost_to_it_is_not_kept_free_once_more()
    {
        var (time, disk) = (new DrivenTime(), new LookedAtDisk { Left = 180_000 });
        var origin = new HeldOrigin(static request => request.DestinationPath);
        await using var cache = Cache(origin, time, disk, static settings => settings with { MinFreeSpace = new FreeSpaceFloor(50_000, null) });
        var ticket = await cache.AnnounceAsync(1, length: Length);
        await origin.Written.Task.Guarded();
        disk.Left -= 102_400;
        (await cache.Manager.IsOverLimitAsync(CancellationToken.None)).Should().BeTrue();

        await disk.LookAsync(time, 3);

        (await cache.Manager.IsOverLimitAsync(CancellationToken.None)).Should().BeFalse();
        origin.Gate.SetResult();
        (await ticket.Completion.Guarded()).Should().Be(PrefetchOutcome.Stored);
    }

    [Fact]
    public async Task Partial_of_unknown_length_counts_once()
    {
        var (time, disk) = (new DrivenTime(), new LookedAtDisk());
        var origin = new HeldOrigin(static request => request.PartialPath + _work, 600_000);
        await using var cache = Cache(origin, time, disk, static settings => settings with { MaxSize = MaxSize, PrefetchMaxShare = new SizeShare(MaxSize, null) });
        var ticket = await cache.AnnounceAsync(1);
        await origin.Written.Task.Guarded();

        await disk.LookAsync(time, 3);

        ticket.Completion.IsCompleted.Should().BeFalse("there is room for 980,000 bytes");
        origin.Gate.SetResult();
        (await ticket.Completion.Guarded()).Should().Be(PrefetchOutcome.Stored);
    }

    [Fact]
    public async Task Download_that_is_as_long_as_it_will_be_from_the_beginning_is_alive_while_it_is_written_to()
    {
        var (time, disk) = (new DrivenTime(), new LookedAtDisk());
        var origin = new HeldOrigin(static request => request.PartialPath + _work);
        await using var cache = Cache(origin, time, disk, static settings => settings with { LockTimeout = TimeSpan.FromSeconds(5) });
        var ticket = await cache.AnnounceAsync(1, length: Length);
        await origin.Written.Task.Guarded();

        for (var second = 0; second < 10; second++)
        {
            await File.WriteAllBytesAsync(origin.Path!, Bytes.Random(Length, second));
            File.SetLastWriteTimeUtc(origin.Path!, DateTime.UtcNow.AddSeconds(second - 100));
            await disk.LookAsync(time, 1);
        }

        ticket.Completion.IsCompleted.Should().BeFalse();
        time.Advance(TimeSpan.FromSeconds(5));
        while (!cache.Cache.Log.Of(902).Any() || cache.Manager.Prefetcher.Running.Count > 0)
        {
            await Task.Yield();
        }

        cache.Cache.Log.Of(902).Should().ContainSingle().Which.Should().Contain("no sign of life", "nothing is written any more");
    }

    private static AheadCache Cache(IVideoDownloader downloader, TimeProvider time, FileSystem disk, Func<CacheSettings, CacheSettings> configure) =>
        new(configure, time, fileSystem: disk, with: services => services with { Downloaders = new OnePrefetchDownloader(downloader) });

    // With what nobody needs, until the next entry has no room without an eviction.
    private static async Task FillUpAsync(AheadCache cache)
    {
        for (var number = 10; (await cache.Manager.GetStatisticsAsync()).Space!.UsedBytes + 45_056 < MaxSize - (MaxSize / 50); number++)
        {
            (await cache.DownloadAsync(number)).Should().Be(CacheOutcome.Miss);
            await cache.Manager.CompleteJobAsync(AheadCache.JobOf(number));
            await cache.Manager.CleanupAsync();
        }
    }

    /// <summary>Writes all of it without a report, to where a test says, and moves it to its destination when it may.</summary>
    private sealed class HeldOrigin(Func<DownloadRequest, string> where, int length = Length) : IVideoDownloader
    {
        public TaskCompletionSource Written { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public TaskCompletionSource Gate { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public string? Path { get; private set; }

        public async Task<DownloadedVideo> DownloadAsync(DownloadRequest request, IProgress<StageProgress>? progress = null, CancellationToken cancellationToken = default)
        {
            var path = Path = where(request);
            await File.WriteAllBytesAsync(path, Bytes.Random(length, 1), cancellationToken);
            if (!Written.TrySetResult())
            {
                throw new IOException("once is enough");
            }

            await Gate.Task.WaitAsync(cancellationToken);
            File.Move(path, request.DestinationPath, overwrite: true);
            return new DownloadedVideo(request.DestinationPath, length);
        }
    }

    /// <summary>A disk that notes how often somebody looked at what a download has written.</summary>
    private sealed class LookedAtDisk : ForwardingFileSystem
    {
        private int _looks;

        public long Left { get; set; } = 1_000_000_000;

        public override DiskFacts Disk(string directory) => new(Left, 10_000_000_000);

        public override IEnumerable<string> ListFiles(string directory, string pattern = "*", bool recursive = false)
        {
            if (!recursive && pattern.Length > 1 && System.IO.Path.GetFileName(directory) == "partials")
            {
                Interlocked.Increment(ref _looks);
            }

            return base.ListFiles(directory, pattern, recursive);
        }

        /// <summary>Lets so many seconds pass, with a look in each. When the last one is seen, what came of the others is done.</summary>
        public async Task LookAsync(DrivenTime time, int times)
        {
            for (; times > 0; times--)
            {
                var before = Volatile.Read(ref _looks);
                time.Advance(_second);
                while (Volatile.Read(ref _looks) == before)
                {
                    await Task.Yield();
                }
            }
        }
    }
}
