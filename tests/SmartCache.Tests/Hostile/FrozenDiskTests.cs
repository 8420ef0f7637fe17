using SmartCache.Configuration;
using SmartCache.Tests.Support;

namespace SmartCache.Tests.Hostile;

/// <summary>A real disk that hangs: the cache's file system is frozen, so that every write blocks until it is thawed.</summary>
public class FrozenDiskTests
{
    // fsfreeze is where mkfs is; what is frozen must be thawed before anything else is done with it.
    [MountFact("fsfreeze")]
    public async Task Job_hung_at_the_release_of_its_lock_when_the_disk_froze_under_its_encode()
    {
        using var mount = Mount.Image("ext4", 64);
        await using var cache = new TestCache(_ => CacheSettings.ForRoot(Path.Combine(mount.Path, "cache")) with
        {
            MinFreeSpace = new FreeSpaceFloor(0, null),
        });
        var encoder = new FakeEncoder();
        var job = new TestJob(cache, new FakeDownloader(Bytes.Random(20_000)), encoder);
        var video = await job.DownloadAsync();
        var other = await cache.Manager.PlanAsync(job.Request(), [TestJob.Profile], job.Encoder);

        // Not before: a busy machine needs longer to store what is to be found afterwards.
        cache.Settings = cache.Settings with { OperationTimeout = TimeSpan.FromMilliseconds(300) };
        using (var frozen = new Frozen(mount.Path))
        {
            encoder.Before = (_, _) =>
            {
                frozen.Freeze();
                return Task.CompletedTask;
            };

            // Each of them would wait until the thaw, which only comes when they are done.
            var encoded = await job.Encoder.EncodeAsync(new EncodeRequest(video, TestJob.Profile, cache.WorkPath("out")) { JobId = "job" }).Guarded();
            Directory.GetFiles(encoded.Directory).Should().HaveCount(5);
            encoder.Before = null;
            (await job.Downloader.DownloadAsync(job.Request()).Guarded()).Length.Should().Be(20_000);
            await other.DisposeAsync().AsTask().Guarded();
            await job.Downloader.DownloadAsync(job.Request(url: "http://example.test/other")).Guarded();
        }

        await cache.Manager.FlushAsync().Guarded();
        cache.Log.Of(400).Should().NotBeEmpty().And.OnlyContain(line => line.Contains(nameof(TimeoutException), StringComparison.Ordinal));

        // A worker of its own: the one before may rest for a minute.
        await using var later = new TestCache(_ => CacheSettings.ForRoot(Path.Combine(mount.Path, "cache")) with { MinFreeSpace = new FreeSpaceFloor(0, null) });
        var after = new TestJob(later, new FakeDownloader(Bytes.Random(20_000)));
        var again = await after.DownloadAsync();
        again.Outcome.Should().Be(CacheOutcome.Hit, later.Log.ToString());
        await after.EncodeAsync(again);
        (await after.EncodeAsync(again)).Outcome.Should().Be(CacheOutcome.Hit, later.Log.ToString());
    }

    private sealed class Frozen(string path) : IDisposable
    {
        private int _isFrozen;

        public void Freeze()
        {
            if (Interlocked.Exchange(ref _isFrozen, 1) == 0)
            {
                Mount.Run("fsfreeze", "-f", path);
            }
        }

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _isFrozen, 0) == 1)
            {
                Mount.Run("fsfreeze", "-u", path);
            }
        }
    }
}
