using System.Text.Json.Nodes;
using SmartCache.Abstractions;
using SmartCache.Tests.Support;

namespace SmartCache.Tests.Diagnostics;

/// <summary>The reasons that a worker seldom meets: a layer that observes, a name that leads elsewhere, a newer version beside it, and what was made and may not be stored.</summary>
[Trait("Found", "M33")]
public sealed class RareReasonTests
{
    [Fact]
    public async Task Layer_that_observes_says_what_it_would_have_done()
    {
        await using var cache = new TestCache(static settings => settings with { SourcesMode = LayerMode.Observe, ProfilesMode = LayerMode.Observe });
        var job = new TestJob(cache, new FakeDownloader(Bytes.Random(50_000)));

        await job.EncodeAsync(await job.DownloadAsync());
        await job.EncodeAsync(await job.DownloadAsync());

        Reasons(cache).Should().Equal(CacheReason.NotCached, CacheReason.Observing, CacheReason.WouldHaveHit, CacheReason.WouldHaveHit);
    }

    [Fact]
    public async Task Record_of_another_key_and_one_of_a_newer_version_are_told_apart_from_absence()
    {
        await using var cache = new TestCache();
        var job = new TestJob(cache, new FakeDownloader(request => Bytes.Random(50_000, request.Source.EndsWith('1') ? 1 : 2)));
        await job.DownloadAsync(url: "http://a.test/1");
        var keys = Path.Combine(cache.Settings.Root, "sources", "keys");
        var other = Path.Combine(keys, SourceKey.From(new DownloadRequest("http://a.test/2", "/d")).Name + ".json");
        File.Copy(Directory.GetFiles(keys).Single(), other);

        await job.DownloadAsync(url: "http://a.test/2");
        var record = JsonNode.Parse(await File.ReadAllTextAsync(other))!;
        record["version"] = 2;
        await File.WriteAllTextAsync(other, record.ToJsonString());
        await job.DownloadAsync(url: "http://a.test/2");

        Reasons(cache).Should().Equal(CacheReason.NotCached, CacheReason.OtherContent, CacheReason.NewerVersion);
    }

    [Fact]
    public async Task Profile_that_was_made_and_may_not_be_stored_is_the_reason_of_the_next_one()
    {
        await using var cache = new TestCache();
        var encoder = new FakeEncoder { After = static request => File.SetLastWriteTimeUtc(Path.Combine(request.OutputDirectory, "index.m3u8"), DateTime.UtcNow.AddHours(1)) };
        var job = new TestJob(cache, new FakeDownloader([]), encoder);
        var source = await TestJob.SourceAsync(cache);
        using var cancel = new CancellationTokenSource();

        await job.EncodeAsync(source);
        encoder.After = _ => cancel.Cancel();
        await job.Encoder.EncodeAsync(new EncodeRequest(source, TestJob.Profile, cache.WorkPath("cancelled")), null, cancel.Token);
        await job.EncodeAsync(source);

        Reasons(cache).Should().Equal(CacheReason.NotCached, CacheReason.DatedAhead, CacheReason.Cancelled);
    }

    private static List<CacheReason> Reasons(TestCache cache) =>
        [.. cache.Log.Of(100).Select(static line => Enum.Parse<CacheReason>(line.Split("reason ")[1].Split(' ')[0]))];
}
