using Microsoft.Win32.SafeHandles;
using SmartCache.Abstractions;
using SmartCache.Storage;
using SmartCache.Tests.Support;

namespace SmartCache.Tests.Storage;

/// <summary>A hit that reads or copies for minutes: a watchdog that ends jobs without progress must not end this one.</summary>
public class HitProgressTests
{
    private readonly DrivenTime _time = new();
    private readonly ProgressSignal _progress = new("materialize");

    [Fact]
    public async Task Download_that_is_a_slow_hit_shows_life()
    {
        var disk = new SlowDisk(_time, _progress);
        await using var cache = NewCache(disk);
        var job = new TestJob(cache, new FakeDownloader(Bytes.Random(50_000)));
        await job.DownloadAsync();
        disk.Slow();

        var video = await job.Downloader.DownloadAsync(job.Request(), _progress).Guarded();

        video.Outcome.Should().Be(CacheOutcome.Hit, cache.Log.ToString());
        _progress.Phases.Should().Equal("materialize");
    }

    [Fact]
    public async Task Encode_that_is_a_slow_hit_shows_life()
    {
        var disk = new SlowDisk(_time, _progress);
        await using var cache = NewCache(disk);
        var job = new TestJob(cache, new FakeDownloader(Bytes.Random(50_000)));
        var video = await job.DownloadAsync();
        await job.EncodeAsync(video);
        disk.Slow();

        var encoded = await job.Encoder.EncodeAsync(new EncodeRequest(video, TestJob.Profile, cache.WorkPath("out")), _progress).Guarded();

        encoded.Outcome.Should().Be(CacheOutcome.Hit, cache.Log.ToString());
        _progress.Phases.Should().Equal("materialize");
    }

    private TestCache NewCache(SlowDisk disk) =>
        new(static settings => settings with { Integrity = IntegrityLevel.Full, OperationTimeout = TimeSpan.FromSeconds(10) }, time: _time, fileSystem: disk);

    /// <summary>Two of the things that a hit asks of its entry's files take 6 s each, with a sign of life in between, and the second is not answered before somebody has heard of it.</summary>
    private sealed class SlowDisk(DrivenTime time, ProgressSignal progress) : ForwardingFileSystem
    {
        private int _asked = int.MinValue;

        public void Slow()
        {
            // Then a use is noted as well.
            time.Advance(TimeSpan.FromMinutes(2));
            Volatile.Write(ref _asked, 0);
        }

        public override SafeFileHandle OpenRead(string path)
        {
            if (!path.EndsWith(".json", StringComparison.Ordinal))
            {
                Wait();
            }

            return base.OpenRead(path);
        }

        public override void SetModified(string path, DateTimeOffset modified)
        {
            if (Path.GetFileName(path) == Manifest.FileName)
            {
                Wait();
            }

            base.SetModified(path, modified);
        }

        private void Wait()
        {
            switch (Interlocked.Increment(ref _asked))
            {
                case 1:
                    time.WaiterAsync(TimeSpan.FromSeconds(10)).Wait();
                    time.Advance(TimeSpan.FromSeconds(6));
                    break;
                case 2:
                    time.Advance(TimeSpan.FromSeconds(6));
                    progress.Seen.Wait();
                    break;
            }
        }
    }
}
