using SmartCache.Tests.Support;

namespace SmartCache.Tests.Space;

/// <summary>A job whose source and profile do not fit into the cache together.</summary>
public sealed class JobInSmallCacheTests : IDisposable
{
    private const int Attempts = 5;
    private readonly DirectoryInfo _root = Directory.CreateTempSubdirectory("smartcache-small-");

    [Theory]
    [InlineData("LRU", false)]
    [InlineData("LRU", true)]
    [InlineData("FIFO", false)]
    [InlineData("SIZE", false)]
    [InlineData("COST", true)]
    [Trait("Found", "M10")]
    public async Task Profile_is_encoded_once_in_five_attempts_of_a_job_although_its_source_has_to_be_fetched_each_time(string policy, bool restarts)
    {
        var clock = new DrivenTime();
        var downloader = new FakeDownloader(Bytes.Random(700_000)) { Before = _ => Pass(clock, 0.1) };
        var encoder = new FakeEncoder { SegmentBytes = 100_000, Before = (_, _) => Pass(clock, 8.4) };
        TestCache? cache = null;
        for (var attempt = 1; attempt <= Attempts; attempt++)
        {
            if (cache is null || restarts)
            {
                await (cache?.DisposeAsync() ?? ValueTask.CompletedTask);
                cache = new TestCache(settings => settings with { MaxSize = 1_000_000, EvictionPolicy = policy }, root: _root.FullName, time: clock);
            }

            var job = new TestJob(cache, downloader, encoder);
            var video = await job.DownloadAsync();
            (await job.EncodeAsync(video)).Outcome.Should().Be(attempt == 1 ? CacheOutcome.Miss : CacheOutcome.Hit);
            Directory.Delete(cache.Work, recursive: true);
            Directory.CreateDirectory(cache.Work);
            clock.Advance(TimeSpan.FromMinutes(10));
        }

        await cache!.DisposeAsync();
        encoder.Calls.Should().Be(1);
        downloader.Calls.Should().Be(Attempts, "there is no room for it beside the profile");
    }

    public void Dispose() => _root.Delete(recursive: true);

    private static Task Pass(DrivenTime clock, double seconds)
    {
        clock.Advance(TimeSpan.FromSeconds(seconds));
        return Task.CompletedTask;
    }
}
