using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Logging;
using SmartCache.Tests.Support;

namespace SmartCache.Tests.Diagnostics;

public partial class StageReportTests
{
    [Fact]
    public async Task Each_stage_is_one_line_at_Information_with_all_that_a_person_asks_for()
    {
        await using var cache = new TestCache();
        var job = new TestJob(cache, new FakeDownloader(Bytes.Random(50_000)));
        await job.EncodeAsync(await job.DownloadAsync());
        await job.EncodeAsync(await job.DownloadAsync());

        var lines = cache.Log.Lines.Where(static line => line.EventId == 100).ToList();
        lines.Should().HaveCount(4).And.OnlyContain(static line => line.Level == LogLevel.Information);
        lines.Should().OnlyContain(static line => Line().IsMatch(line.Text));
        lines.Select(static line => line.Text.Split(',')[0]).Should().Equal("Cache sources: Miss", "Cache profiles: Miss", "Cache sources: Hit", "Cache profiles: Hit");
        lines[0].Text.Should().Contain("job job-1").And.Contain("reason NotCached (no fetch of it is on record)").And.Contain("50000 bytes");
        var files = Directory.GetFiles(Path.Combine(cache.Entries("profiles").Single(), "files"), "*", SearchOption.AllDirectories);
        lines[1].Text.Should().Contain($", {files.Sum(static file => new FileInfo(file).Length)} bytes");
        lines[2].Text.Should().Contain("50000 bytes").And.MatchRegex("by (Reflink|HardLink|Copy)\\.$");
    }

    [Fact]
    public async Task Key_in_the_line_tells_the_profiles_of_one_video_apart()
    {
        await using var cache = new TestCache();
        var job = new TestJob(cache, new FakeDownloader([]));
        var source = await TestJob.SourceAsync(cache);
        await job.EncodeAsync(source, new EncodingProfile("720p") { VideoBitrate = "2800k" });
        await job.EncodeAsync(source, new EncodingProfile("480p") { VideoBitrate = "1400k" });

        var keys = cache.Log.Of(100).Select(static line => line.Split("key ")[1].Split(',')[0]).ToList();
        keys.Should().OnlyHaveUniqueItems().And.HaveCount(2);
        cache.Entries("profiles").Select(static path => Path.GetFileName(path).Split('_')).Select(static parts => $"{parts[0][..12]}_{parts[1][..12]}").Should().BeEquivalentTo(keys);
    }

    [Theory]
    [InlineData("sources", CacheUse.Use)]
    [InlineData("sources", CacheUse.Bypass)]
    [InlineData("profiles", CacheUse.Use)]
    [InlineData("profiles", CacheUse.Bypass)]
    public async Task Stage_that_fails_is_one_line_and_a_miss(string layer, CacheUse use)
    {
        var time = new DrivenTime();
        using var meters = new TestMeters();
        await using var cache = new TestCache(time: time, with: services => services with { Meters = meters });
        var job = new TestJob(cache, new FakeDownloader([]), new FakeEncoder());
        job.InnerDownloader.Before = _ => FailAsync();
        job.InnerEncoder.Before = (_, _) => FailAsync();
        Func<Task> stage = layer == "sources"
            ? () => job.Downloader.DownloadAsync(new DownloadRequest(TestJob.Url, cache.WorkPath("v")) { JobId = "job-1", Use = use })
            : async () => await job.Encoder.EncodeAsync(new EncodeRequest(await TestJob.SourceAsync(cache), TestJob.Profile, cache.WorkPath("out")) { JobId = "job-1", Use = use });

        await stage.Should().ThrowAsync<HttpRequestException>();

        cache.Log.Of(110).Should().ContainSingle().Which.Should().StartWith($"Cache {layer}: the stage failed, job job-1, profile {(layer == "sources" ? "-" : "720p")}, key ").And.EndWith("after 90.000 s: HttpRequestException < IOException.");
        cache.Log.Of(100).Should().BeEmpty();
        meters.Sum("smartcache.requests", $"layer={layer},outcome=Miss").Should().Be(1);
        meters.Sum("smartcache.operation.duration", $"layer={layer},outcome=Miss").Should().Be(0, "the stage's time is not the cache's");

        Task FailAsync()
        {
            time.Advance(TimeSpan.FromSeconds(90));
            throw new HttpRequestException("http://user:secret@host/", new IOException("/secret"));
        }
    }

    [Fact]
    public async Task Stage_that_is_cancelled_says_so()
    {
        await using var cache = new TestCache();
        using var cancel = new CancellationTokenSource();
        var job = new TestJob(cache, new FakeDownloader([]));
        job.InnerDownloader.Before = async _ =>
        {
            await cancel.CancelAsync();
            cancel.Token.ThrowIfCancellationRequested();
        };

        await job.Downloader.Awaiting(it => it.DownloadAsync(new DownloadRequest(TestJob.Url, cache.WorkPath("v")), null, cancel.Token)).Should().ThrowAsync<OperationCanceledException>();

        cache.Log.Of(110).Should().ContainSingle().Which.Should().EndWith(": cancelled.");
    }

    [Fact]
    public async Task Saved_seconds_and_bytes_are_the_cost_that_was_measured_when_the_work_was_done()
    {
        var time = new DrivenTime();
        using var meters = new TestMeters();
        await using var cache = new TestCache(time: time, with: services => services with { Meters = meters });
        var job = new TestJob(cache, new FakeDownloader(Bytes.Random(50_000)), new FakeEncoder());
        job.InnerDownloader.Before = _ => Spend(90);
        job.InnerEncoder.Before = (_, _) => Spend(600);

        await job.EncodeAsync(await job.DownloadAsync());
        await job.EncodeAsync(await job.DownloadAsync());

        meters.Sum("smartcache.requests", "layer=sources,outcome=Miss").Should().Be(1);
        meters.Sum("smartcache.requests", "layer=sources,outcome=Hit").Should().Be(1);
        meters.Sum("smartcache.requests", "layer=profiles,outcome=Hit").Should().Be(1);
        meters.Sum("smartcache.saved.time", "layer=sources").Should().Be(90);
        meters.Sum("smartcache.saved.time", "layer=profiles").Should().Be(600);
        meters.Sum("smartcache.saved.io", "layer=sources").Should().Be(50_000);
        meters.Sum("smartcache.operation.duration", "layer=profiles,outcome=Miss").Should().Be(0, "the encoder's time is not the cache's");
        meters.Units.Should().Contain("smartcache.saved.time", "s").And.Contain("smartcache.saved.io", "By").And.Contain("smartcache.requests", "{request}");
        var statistics = await cache.Manager.GetStatisticsAsync();
        (statistics.Profiles.SavedTime, statistics.Profiles.Hits, statistics.Profiles.Misses).Should().Be((TimeSpan.FromMinutes(10), 1, 1));
        cache.Log.Of(100).Last().Should().Contain(600.ToString("F1", CultureInfo.InvariantCulture) + " s saved");

        Task Spend(int seconds)
        {
            time.Advance(TimeSpan.FromSeconds(seconds));
            return Task.CompletedTask;
        }
    }

    [Fact]
    public async Task Each_stage_is_an_activity_with_its_outcome()
    {
        using var root = new Activity("test").Start();
        var seen = new ConcurrentQueue<Activity>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = static source => source.Name == "SmartCache",
            Sample = static (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = activity =>
            {
                if (activity.TraceId == root.TraceId)
                {
                    seen.Enqueue(activity);
                }
            },
        };
        ActivitySource.AddActivityListener(listener);
        await using var cache = new TestCache();
        var job = new TestJob(cache, new FakeDownloader(Bytes.Random(50_000)));

        await job.EncodeAsync(await job.DownloadAsync());

        seen.Select(static activity => (activity.OperationName, activity.GetTagItem("smartcache.outcome")))
            .Should().Equal(("smartcache.sources", "Miss"), ("smartcache.profiles", "Miss"));
    }

    [GeneratedRegex("^Cache (sources|profiles): (Miss|Hit), job [^,]+, profile [^,]+, key [0-9a-f]{12}(_[0-9a-f]{12})?, reason [A-Za-z]+ \\(.+\\), [0-9]+ bytes, [0-9]+\\.[0-9]{3} s, [0-9]+\\.[0-9] s saved, by (-|Reflink|HardLink|Copy)\\.$")]
    private static partial Regex Line();
}
