using System.Diagnostics;
using SmartCache.Configuration;
using SmartCache.Storage;
using SmartCache.Storage.Platform;
using SmartCache.Tests.Support;
using SmartCache.Torture.Audit;

namespace SmartCache.Tests.Space;

/// <summary>Four processes store as fast as they can, on a real small file system that is not the one they work on, so that each byte in it is the cache's.</summary>
public sealed class DiskPressureTests : IDisposable
{
    private const long MaxSize = 60_000_000;
    private const long MinFree = 40_000_000;
    private const int LinesPerPhase = 6;

    /// <summary>
    /// Blocks are allocated when they are written. Otherwise ext4 takes them off the free ones at the flush before it takes them off the promised ones, and
    /// <c>statfs</c>, which adds both up, shows a file twice for that moment: 3.0 MB for one file of 1.5 MB, in 188 of 2.7 million looks; never with this.
    /// </summary>
    private const string AtOnce = "nodelalloc";

    private readonly List<StorageWorker> _workers = [];
    private readonly DirectoryInfo _work = Directory.CreateTempSubdirectory("smartcache-pressure-");

    [MountFact("mkfs.ext4")]
    public async Task Four_writers_never_cross_a_limit_and_another_program_makes_the_cache_shrink()
    {
        using var mount = Mount.Image("ext4", 140, AtOnce);
        var root = Path.Combine(mount.Path, "cache");
        using var stop = new CancellationTokenSource();
        var sampler = new Sampler(mount.Path);
        for (var seed = 1; seed <= 4; seed++)
        {
            _workers.Add(StorageWorker.Start(["keep-downloading", root, _work.FullName, $"{seed}", $"{MaxSize}", $"{MinFree}"]));
        }

        var sampling = Task.Run(() => sampler.RunAsync(stop.Token));
        await WorkAsync();
        var alone = sampler.Seen;

        // Now another program takes what the floor would have left, and more.
        var free = new DriveInfo(mount.Path).AvailableFreeSpace;
        await File.WriteAllBytesAsync(Path.Combine(mount.Path, "other"), new byte[free - MinFree + 30_000_000]);
        sampler.Forget();
        await WorkAsync();

        // On a busy machine a round of eviction may outlast so many downloads, which do not wait for it.
        for (var began = Stopwatch.GetTimestamp(); new DriveInfo(mount.Path).AvailableFreeSpace < MinFree && Stopwatch.GetElapsedTime(began) < HangGuard.Limit;)
        {
            await WorkAsync();
        }

        await stop.CancelAsync();
        await sampling;

        alone.Samples.Should().BeGreaterThan(50);
        alone.Most.Should().BeInRange(MaxSize / 2, MaxSize);
        alone.Least.Should().BeGreaterThanOrEqualTo(MinFree);
        new DriveInfo(mount.Path).AvailableFreeSpace.Should().BeGreaterThanOrEqualTo(MinFree, "the cache shrank");
        foreach (var worker in _workers)
        {
            (await worker.FinishAsync()).Should().Be(0);
        }
    }

    [MountFact("mkfs.ext4")]
    public async Task Evictors_that_are_killed_leave_whole_entries_and_a_right_account()
    {
        using var mount = Mount.Image("ext4", 140);
        var root = Path.Combine(mount.Path, "cache");
        var random = new Random(7);
        for (var round = 0; round < 8; round++)
        {
            using var worker = StorageWorker.Start(["keep-downloading", root, _work.FullName, $"{round}", $"{MaxSize / 3}", "0"]);
            for (var line = random.Next(1, 3); line > 0; line--)
            {
                (await worker.ReadLineAsync()).Should().StartWith("done");
            }

            await worker.KillAsync();
            AccountAudit.TooLow(root).Should().BeEmpty("nobody has counted since");
        }

        await using var cache = new TestCache(_ => CacheSettings.ForRoot(root) with { MaxSize = MaxSize / 3, MinFreeSpace = new FreeSpaceFloor(0, null) });
        await cache.Manager.CleanupAsync();

        var verified = await cache.Manager.VerifyAsync();
        verified.Entries.Should().BeGreaterThan(2);
        verified.Quarantined.Should().Be(0);
        var truth = DiskUsage.Of(root, Entries.Pulse, FileSystem.Current);
        truth.Should().BeLessThanOrEqualTo(MaxSize / 3);
        (await cache.Manager.GetStatisticsAsync()).Space!.UsedBytes.Should().BeInRange(truth - 100_000, truth + 100_000, "nothing is in the making");
    }

    public void Dispose()
    {
        _workers.ForEach(worker => worker.Dispose());
        _work.Delete(recursive: true);
    }

    private async Task WorkAsync()
    {
        for (var line = 0; line < LinesPerPhase; line++)
        {
            foreach (var worker in _workers)
            {
                (await worker.ReadLineAsync()).Should().StartWith("done");
            }
        }
    }

    /// <summary>What is taken on the mount beyond what an empty one takes: one number of the kernel's, so that a file which moves meanwhile is not seen twice.</summary>
    private sealed class Sampler(string mount)
    {
        private readonly Lock _gate = new();
        private readonly long _empty = new DriveInfo(mount).TotalFreeSpace;
        private (int Samples, long Most, long Least) _seen = (0, 0, long.MaxValue);

        public (int Samples, long Most, long Least) Seen
        {
            get
            {
                lock (_gate)
                {
                    return _seen;
                }
            }
        }

        public void Forget()
        {
            lock (_gate)
            {
                _seen = (0, 0, long.MaxValue);
            }
        }

        public async Task RunAsync(CancellationToken stop)
        {
            var drive = new DriveInfo(mount);
            while (!stop.IsCancellationRequested)
            {
                var (used, free) = (_empty - drive.TotalFreeSpace, drive.AvailableFreeSpace);
                lock (_gate)
                {
                    _seen = (_seen.Samples + 1, Math.Max(_seen.Most, used), Math.Min(_seen.Least, free));
                }

                // Often enough to see each file come and go, and without taking a core.
                await Task.Delay(1, CancellationToken.None);
            }
        }
    }
}
