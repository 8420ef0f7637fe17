using SmartCache.Tests.Support;

namespace SmartCache.Tests.Sources;

/// <summary>
/// An encode that fails for a reason of its own fails with every copy of its source. A source whose bytes came a second time is not to blame, or is bad at
/// its origin; fetching it for each attempt helps nobody.
/// </summary>
[Trait("Found", "M18")]
public class SuspicionEndsTests
{
    private static readonly byte[] _video = Bytes.Random(50_000);

    [Fact]
    public async Task Job_whose_encode_always_fails_fetches_its_source_twice_in_five_attempts()
    {
        await using var cache = new TestCache(probe: new FakeProbe());
        var job = Failing(cache);

        for (var attempt = 0; attempt < 5; attempt++)
        {
            await AttemptAsync(job);
        }

        job.InnerDownloader.Calls.Should().Be(2);
        cache.Log.Of(106).Should().ContainSingle();
        cache.Log.Of(111).Should().HaveCount(4, "each attempt after the first one leaves it where it is");
    }

    [Fact]
    public async Task Source_that_came_again_stays_for_an_hour_doubled_each_time_and_at_most_a_day()
    {
        var time = new DrivenTime();
        await using var cache = new TestCache(settings => settings with { MaxSourceAge = TimeSpan.FromDays(300), OperationTimeout = TimeSpan.FromDays(1) }, new FakeProbe(), time);
        var job = Failing(cache);
        await AttemptAsync(job);
        var stays = new List<double>();
        for (var round = 0; round < 7; round++)
        {
            await AttemptAsync(job);
            var calls = job.InnerDownloader.Calls;
            var hours = 0.0;
            while (job.InnerDownloader.Calls == calls && hours < 100)
            {
                time.Jump(TimeSpan.FromMinutes(30));
                hours += 0.5;
                if ((await AttemptAsync(job)).Outcome == CacheOutcome.Hit && cache.Entries("sources").Length == 0)
                {
                    stays.Add(hours);
                    break;
                }
            }
        }

        stays.Should().Equal(1, 2, 4, 8, 16, 24, 24);
    }

    [Fact]
    public async Task Other_bytes_of_the_same_source_are_suspected_anew()
    {
        var version = 1;
        await using var cache = new TestCache(probe: new FakeProbe());
        var job = Failing(cache, new FakeDownloader(_ => Bytes.Random(50_000, version)));
        await AttemptAsync(job);
        await AttemptAsync(job);
        job.InnerDownloader.Calls.Should().Be(2);
        version = 2;

        (await job.Downloader.DownloadAsync(job.Request(CacheUse.Refresh))).Outcome.Should().Be(CacheOutcome.Miss);
        await cache.Manager.FlushAsync();
        await AttemptAsync(job);
        await AttemptAsync(job);

        job.InnerDownloader.Calls.Should().Be(4, "the other bytes came once, and are fetched once more");
    }

    [Fact]
    public async Task Source_that_is_kept_is_not_proven_and_an_encode_of_full_duration_still_proves_it()
    {
        var time = new DrivenTime();
        await using var cache = new TestCache(settings => settings with { OperationTimeout = TimeSpan.FromDays(1) }, new FakeProbe(), time);
        var job = Failing(cache);
        await AttemptAsync(job);
        await AttemptAsync(job);
        Facts(cache).Should().Contain("\"proven\": false");

        job.InnerEncoder.Before = null;
        await job.EncodeAsync(await job.DownloadAsync());
        Facts(cache).Should().Contain("\"proven\": true").And.Contain("\"doubt\": null");
    }

    [Fact]
    public async Task Source_that_its_own_hash_names_is_not_fetched_a_second_time()
    {
        await using var cache = new TestCache(probe: new FakeProbe());
        var job = Failing(cache);
        for (var attempt = 0; attempt < 5; attempt++)
        {
            await AttemptAsync(job, job.Request() with { ContentId = "sha256:" + Bytes.Sha256(_video) });
        }

        job.InnerDownloader.Calls.Should().Be(1, cache.Log.ToString());
        cache.Log.Of(106).Should().BeEmpty();
    }

    [Fact]
    public async Task Source_that_its_own_hash_names_is_read_in_full_after_a_failing_encode()
    {
        await using var cache = new TestCache(probe: new FakeProbe());
        var job = Failing(cache);
        var named = "sha256:" + Bytes.Sha256(_video);
        await job.DownloadAsync(job.Request() with { ContentId = named });
        Spoil.Silently(cache.Entries("sources").Single());

        await AttemptAsync(job, job.Request() with { ContentId = named });
        var next = await AttemptAsync(job, job.Request() with { ContentId = named });

        next.Outcome.Should().Be(CacheOutcome.Miss);
        Bytes.Sha256OfFile(next.Path).Should().Be(Bytes.Sha256(_video));
    }

    [Fact]
    public async Task Source_that_the_worker_rejects_is_dropped_also_while_it_is_kept()
    {
        await using var cache = new TestCache(probe: new FakeProbe());
        var job = Failing(cache);
        await AttemptAsync(job);
        var kept = await AttemptAsync(job);

        (await cache.Manager.RejectSourceAsync(kept, "black picture")).Should().BeTrue();

        (await job.DownloadAsync()).Outcome.Should().Be(CacheOutcome.Miss);
    }

    private static TestJob Failing(TestCache cache, FakeDownloader? downloader = null) => new(
        cache,
        downloader ?? new FakeDownloader(_video),
        new FakeEncoder { Before = static (_, _) => throw new InvalidOperationException("no licence for this codec") });

    private static Task<DownloadedVideo> AttemptAsync(TestJob job) => AttemptAsync(job, job.Request());

    private static async Task<DownloadedVideo> AttemptAsync(TestJob job, DownloadRequest request)
    {
        var video = await job.DownloadAsync(request);
        await job.Awaiting(it => it.EncodeAsync(video)).Should().ThrowAsync<InvalidOperationException>();
        return video;
    }

    private static string Facts(TestCache cache) => File.ReadAllText(Directory.GetFiles(Path.Combine(cache.Settings.Root, "sources", "facts")).Single());
}
