using System.Threading.Channels;
using SmartCache.Storage.Platform;
using SmartCache.Tests.Support;

namespace SmartCache.Tests.Space;

/// <summary>Several workers want room while one of them makes some.</summary>
public class WaitingForRoomTests
{
    private const int Video = 200_000;
    private const int Publishers = 3;

    /// <summary>They fill the cache, and are more than all publishers together drive out, each down to the low-water mark.</summary>
    private const int Older = 20;

    private static readonly TimeSpan Step = TimeSpan.FromSeconds(9);

    [Fact]
    [Trait("Found", "M31")]
    public async Task Publishers_that_wait_for_a_long_round_of_another_worker_are_stored_after_it()
    {
        var clock = new DrivenTime();
        var disk = new CountedTurns();
        await using var cache = await FullAsync(clock, disk);
        var turn = cache.TakeTurn();

        await PublishAsync(cache);
        for (var passed = TimeSpan.Zero; passed < 2 * cache.Settings.LockTimeout; passed += Step)
        {
            await TriedAsync(cache, disk, 2 * Publishers);
            File.SetLastWriteTimeUtc(turn.Path, clock.GetUtcNow().UtcDateTime);
            await TriedAsync(cache, disk, 2 * Publishers);
            clock.Advance(Step);
        }

        turn.Dispose();
        await cache.Manager.FlushAsync();

        cache.Log.Of(800).Should().BeEmpty();
        cache.Names().Except(Enumerable.Range(0, Older).Select(Entries.NameOf)).Should().HaveCount(Publishers);
    }

    [Fact]
    [Trait("Found", "M31")]
    public async Task Worker_that_makes_room_without_a_sign_of_life_is_not_waited_for_and_that_is_said()
    {
        var clock = new DrivenTime();
        var disk = new CountedTurns();
        await using var cache = await FullAsync(clock, disk);
        using var turn = cache.TakeTurn();

        await PublishAsync(cache);
        for (var passed = TimeSpan.Zero; cache.Manager.Saves.Count > 0; passed += Step)
        {
            passed.Should().BeLessThan(5 * cache.Settings.LockTimeout);
            await TriedAsync(cache, disk, 2);
            clock.Advance(Step);
        }

        cache.Log.Of(800).Should().HaveCount(Publishers).And.OnlyContain(line => line.Contains("no sign of life"));
    }

    private static async Task<TestCache> FullAsync(DrivenTime clock, CountedTurns disk)
    {
        var cache = new TestCache(settings => settings with { MaxSize = 4_430_000, LockTimeout = TimeSpan.FromSeconds(20), OperationTimeout = TimeSpan.FromHours(1) }, time: clock, fileSystem: disk);
        for (var i = 0; i < Older; i++)
        {
            cache.Put(Entries.NameOf(i), Bytes.Random(Video, i));
        }

        await cache.Manager.CleanupAsync();
        return cache;
    }

    /// <summary>Waits until somebody has tried so often, or nobody tries any more.</summary>
    private static Task<Task> TriedAsync(TestCache cache, CountedTurns disk, int times) => Task.WhenAny(disk.TriedAsync(times), cache.Manager.FlushAsync());

    /// <summary>Each worker has its video at once; whether it is stored is decided in the background.</summary>
    private static async Task PublishAsync(TestCache cache)
    {
        for (var i = 0; i < Publishers; i++)
        {
            var downloader = new CachingVideoDownloader(new FakeDownloader(Bytes.Random(Video, 100 + i)), cache.Manager);
            await downloader.DownloadAsync(new DownloadRequest($"{TestJob.Url}?{i}", cache.WorkPath($"{i}.mp4")));
        }
    }

    /// <summary>The real file system, which tells when somebody tries to become the evictor.</summary>
    private sealed class CountedTurns : ForwardingFileSystem
    {
        private readonly Channel<bool> _tries = Channel.CreateUnbounded<bool>();

        public override FileLock? TryLock(string path, bool exclusive, UnixFileMode mode)
        {
            var taken = base.TryLock(path, exclusive, mode);
            if (path.EndsWith("/evictor", StringComparison.Ordinal))
            {
                _tries.Writer.TryWrite(true);
            }

            return taken;
        }

        public async Task TriedAsync(int times)
        {
            for (; times > 0; times--)
            {
                await _tries.Reader.ReadAsync().AsTask().Guarded();
            }
        }
    }
}
