using SmartCache.Abstractions;
using SmartCache.Tests.Support;

namespace SmartCache.Tests.Sources;

/// <summary>What a request or a setting says about using the cache, for both layers of entries.</summary>
public class CacheUseTests
{
    [Fact]
    public async Task Refresh_does_the_work_anew_and_the_next_request_hits_its_result()
    {
        await using var cache = new TestCache();
        var version = 0;
        var job = new TestJob(cache, new FakeDownloader(_ => Bytes.Random(50_000, ++version)));
        await job.EncodeAsync(await job.DownloadAsync());
        job.InnerEncoder.SegmentBytes = 5_000;

        var refreshed = await job.DownloadAsync(CacheUse.Refresh);
        var after = await job.DownloadAsync();
        var encoded = await job.EncodeAsync(after, use: CacheUse.Refresh);
        var again = await job.EncodeAsync(after);

        (refreshed.Outcome, after.Outcome, encoded.Outcome, again.Outcome).Should().Be((CacheOutcome.Miss, CacheOutcome.Hit, CacheOutcome.Miss, CacheOutcome.Hit));
        after.Media!.ContentHash.Should().Be(Bytes.Sha256(Bytes.Random(50_000, 2)));
        new FileInfo(Path.Combine(again.Directory, "seg_00000.ts")).Length.Should().Be(5_000);
    }

    [Fact]
    public async Task Refresh_replaces_a_profile_under_the_same_key()
    {
        await using var cache = new TestCache();
        var job = new TestJob(cache, new FakeDownloader(Bytes.Random(50_000)));
        var video = await job.DownloadAsync();
        await job.EncodeAsync(video);
        job.InnerEncoder.SegmentBytes = 5_000;

        await job.EncodeAsync(video, use: CacheUse.Refresh);

        new FileInfo(Path.Combine((await job.EncodeAsync(video)).Directory, "seg_00000.ts")).Length.Should().Be(5_000);
        cache.Entries("profiles").Should().ContainSingle();
    }

    [Fact]
    public async Task Refresh_heals_a_source_whose_stored_bytes_were_spoilt_unnoticed()
    {
        await using var cache = new TestCache();
        var bytes = Bytes.Random(50_000);
        var job = new TestJob(cache, new FakeDownloader(bytes));
        File.Delete((await job.DownloadAsync()).Path);
        Spoil.Silently(cache.Entries("sources").Single());
        var spoilt = await job.DownloadAsync();
        Bytes.Sha256OfFile(spoilt.Path).Should().NotBe(Bytes.Sha256(bytes), "the test needs a spoilt entry that a quick check does not see");
        File.Delete(spoilt.Path);

        await job.DownloadAsync(CacheUse.Refresh);
        var healed = await job.DownloadAsync();

        healed.Outcome.Should().Be(CacheOutcome.Hit);
        Bytes.Sha256OfFile(healed.Path).Should().Be(Bytes.Sha256(bytes));
    }

    [Fact]
    public async Task NoStore_hits_what_is_there_and_writes_nothing()
    {
        await using var cache = new TestCache();
        var job = new TestJob(cache, new FakeDownloader(request => Bytes.Random(50_000, request.Source.Length)));
        var stored = await job.DownloadAsync();
        await job.EncodeAsync(stored);
        var before = cache.Records();

        var hit = await job.DownloadAsync(CacheUse.NoStore);
        var encodeHit = await job.EncodeAsync(hit, use: CacheUse.NoStore);
        var miss = await job.DownloadAsync(CacheUse.NoStore, TestJob.Url + "?other");
        var encodeMiss = await job.EncodeAsync(miss, use: CacheUse.NoStore);

        (hit.Outcome, encodeHit.Outcome, miss.Outcome, encodeMiss.Outcome).Should().Be((CacheOutcome.Hit, CacheOutcome.Hit, CacheOutcome.Miss, CacheOutcome.Miss));
        Entries(cache.Records()).Should().BeEquivalentTo(Entries(before));
    }

    [Theory]
    [InlineData(CacheUse.Use, false, true)]
    [InlineData(CacheUse.Refresh, false, true)]
    [InlineData(CacheUse.NoStore, false, false)]
    [InlineData(CacheUse.Bypass, false, false)]
    [InlineData(CacheUse.Use, true, false)]
    public async Task Place_for_a_partial_is_given_only_where_the_download_is_to_be_stored(CacheUse use, bool observes, bool given)
    {
        await using var cache = new TestCache(settings => settings with { SourcesMode = observes ? LayerMode.Observe : LayerMode.On });
        string? partial = null;
        var job = new TestJob(cache, new FakeDownloader(request =>
        {
            partial = request.PartialPath;
            return Bytes.Random(50_000);
        }));

        await job.DownloadAsync(use);

        (partial is not null).Should().Be(given);
    }

    [Fact]
    public async Task Bypass_neither_reads_nor_writes()
    {
        await using var cache = new TestCache();
        var job = new TestJob(cache, new FakeDownloader(Bytes.Random(50_000)));
        await job.EncodeAsync(await job.DownloadAsync());
        var before = cache.Records();

        var video = await job.DownloadAsync(CacheUse.Bypass);
        var encoded = await job.EncodeAsync(video, use: CacheUse.Bypass);

        (video.Outcome, encoded.Outcome).Should().Be((CacheOutcome.Bypass, CacheOutcome.Bypass));
        (job.InnerDownloader.Calls, job.InnerEncoder.Calls).Should().Be((2, 2));
        cache.Records().Should().BeEquivalentTo(before);
    }

    [Fact]
    public async Task Observe_writes_only_keys_and_facts_and_counts_what_would_have_hit()
    {
        await using var cache = new TestCache(static settings => settings with { SourcesMode = LayerMode.Observe, ProfilesMode = LayerMode.Observe });
        var job = new TestJob(cache, new FakeDownloader(Bytes.Random(50_000)));
        for (var attempt = 0; attempt < 3; attempt++)
        {
            (await job.EncodeAsync(await job.DownloadAsync())).Outcome.Should().Be(CacheOutcome.Miss);
        }

        (job.InnerDownloader.Calls, job.InnerEncoder.Calls).Should().Be((3, 3));
        Entries(cache.Records()).Should().OnlyContain(static path => path.StartsWith("sources/keys/") || path.StartsWith("sources/facts/"));
        var statistics = await cache.Manager.GetStatisticsAsync();
        (statistics.Sources.ObservedHits, statistics.Profiles.ObservedHits).Should().Be((2, 2));
        cache.Log.Of(100).Count(static line => line.Contains("would have hit")).Should().Be(4);
    }

    [Fact]
    public async Task Off_leaves_no_trace()
    {
        await using var cache = new TestCache(static settings => settings with { Enabled = false });
        var job = new TestJob(cache, new FakeDownloader(Bytes.Random(50_000)));

        var video = await job.DownloadAsync();
        var encoded = await job.EncodeAsync(video);

        (video.Outcome, encoded.Outcome).Should().Be((CacheOutcome.Bypass, CacheOutcome.Bypass));
        Directory.Exists(cache.Settings.Root).Should().BeFalse();
        cache.Log.Lines.Should().BeEmpty();
    }

    [Fact]
    public async Task File_named_DISABLED_switches_the_cache_off_at_once_and_on_again_when_it_goes()
    {
        await using var cache = new TestCache();
        var job = new TestJob(cache, new FakeDownloader(Bytes.Random(50_000)));
        await job.EncodeAsync(await job.DownloadAsync());
        var switchFile = Path.Combine(cache.Settings.Root, "DISABLED");

        await File.WriteAllTextAsync(switchFile, "");
        var video = await job.DownloadAsync();
        var encoded = await job.EncodeAsync(video);
        File.Delete(switchFile);

        (video.Outcome, encoded.Outcome).Should().Be((CacheOutcome.Bypass, CacheOutcome.Bypass));
        (job.InnerDownloader.Calls, job.InnerEncoder.Calls).Should().Be((2, 2));
        (await job.DownloadAsync()).Outcome.Should().Be(CacheOutcome.Hit);
    }

    [Fact]
    public async Task While_the_file_DISABLED_is_there_nothing_below_the_directory_changes()
    {
        await using var cache = new TestCache(settings => settings with { MaxAge = TimeSpan.FromTicks(1), History = 1_000_000 });
        var job = new TestJob(cache, new FakeDownloader(Bytes.Random(50_000)));
        await job.EncodeAsync(await job.DownloadAsync());
        await cache.Manager.CompleteJobAsync("job-1");
        await File.WriteAllTextAsync(Path.Combine(cache.Settings.Root, "DISABLED"), "");
        var before = Everything();

        var video = await job.DownloadAsync();
        await job.EncodeAsync(video);
        await job.DownloadAsync(CacheUse.Refresh);
        await cache.Manager.CompleteJobAsync("job-1");
        await cache.Manager.RejectSourceAsync(video, "bad");
        await cache.Manager.CleanupAsync();
        await cache.Manager.VerifyAsync();
        await cache.Manager.ClearAsync();
        foreach (var verifier in cache.Manager.Verifiers)
        {
            await verifier.RunAsync(CancellationToken.None);
        }

        Everything().Should().Equal(before);
        cache.Log.Of(400).Should().BeEmpty();

        string[] Everything() =>
            [.. Directory.GetFileSystemEntries(cache.Settings.Root, "*", SearchOption.AllDirectories).Order().Select(path => $"{path} {File.GetLastWriteTimeUtc(path):O}")];
    }

    private static IEnumerable<string> Entries(string[] records) =>
        records.Where(static path => (path.StartsWith("sources/") || path.StartsWith("profiles/")) && !path.EndsWith("metadata.json"));
}
