using SmartCache.Tests.Support;

namespace SmartCache.Tests.Maintenance;

public class ExpiryTests
{
    private const string Url = "http://example.test/video";
    private static readonly TimeSpan _old = TimeSpan.FromHours(30);

    [Fact]
    public async Task Entry_unused_for_longer_than_MaxAge_is_removed_and_its_space_freed()
    {
        await using var cache = new TestCache();
        cache.Put(Entries.NameOf(1), Bytes.Random(50_000));
        cache.Put(Entries.NameOf(2), Bytes.Random(50_000));
        cache.SetLastAccess(Entries.NameOf(1), _old);

        var report = await cache.Manager.CleanupAsync();

        report.ExpiredEntries.Should().Be(1);
        report.BytesBefore.Should().BeGreaterThan(100_000);
        report.BytesAfter.Should().BeInRange(50_000, 70_000);
        cache.Names().Should().Equal(Entries.NameOf(2));
        Directory.EnumerateFileSystemEntries(cache.Layer().Directory.Trash).Should().BeEmpty();
    }

    [Fact]
    public async Task Entry_that_is_leased_is_passed_by()
    {
        await using var cache = new TestCache();
        using (var lease = cache.Publish(Entries.Name, ("source.bin", Bytes.Random(5_000))))
        {
            cache.SetLastAccess(Entries.Name, _old);
            (await cache.Manager.CleanupAsync()).ExpiredEntries.Should().Be(0);
            File.Exists(cache.PathOf(Entries.Name)).Should().BeTrue();
            cache.Layer().Entries.IsCondemned(Entries.Name).Should().BeFalse("eviction never condemns");
        }

        (await cache.Manager.CleanupAsync()).ExpiredEntries.Should().Be(1);
    }

    [Fact]
    public async Task Entry_whose_time_lies_in_the_future_neither_goes_at_once_nor_stays_for_ever()
    {
        await using var cache = new TestCache();
        cache.Put(Entries.Name, Bytes.Random(5_000));
        cache.SetLastAccess(Entries.Name, TimeSpan.FromDays(-400));

        (await cache.Manager.CleanupAsync()).ExpiredEntries.Should().Be(0);
        cache.TryLease(Entries.Name, out _)!.Dispose();

        File.GetLastWriteTimeUtc(cache.ManifestOf(Entries.Name)).Should().BeCloseTo(DateTime.UtcNow, TimeSpan.FromMinutes(2), "its next use puts the clock right");
    }

    [Fact]
    public async Task Source_and_profile_of_an_unfinished_job_stay_until_the_job_is_done()
    {
        await using var cache = new TestCache();
        var downloader = new CachingVideoDownloader(new FakeDownloader(Bytes.Random(50_000)), cache.Manager);
        var encoder = new CachingProfileEncoder(new FakeEncoder(), cache.Manager);
        var video = await downloader.DownloadAsync(new DownloadRequest(Url, cache.WorkPath("a.mp4")) { JobId = "job" });
        await encoder.EncodeAsync(new EncodeRequest(video, new EncodingProfile("720p"), cache.WorkPath("out")) { JobId = "job" });
        var unprotected = await downloader.DownloadAsync(new DownloadRequest(Url + "/other", cache.WorkPath("b.mp4")) { Options = new Dictionary<string, string>() });
        unprotected.Length.Should().Be(50_000);
        cache.Put(Entries.NameOf(1), Bytes.Random(5_000));
        await cache.Manager.FlushAsync();
        Age(cache);

        (await cache.Manager.CleanupAsync()).ExpiredEntries.Should().Be(1, "only the entry that no job names");
        cache.Names().Should().ContainSingle().Which.Should().NotBe(Entries.NameOf(1));

        await cache.Manager.CompleteJobAsync("job");
        await cache.Manager.FlushAsync();
        Age(cache);
        (await cache.Manager.CleanupAsync()).ExpiredEntries.Should().Be(2);
    }

    [Fact]
    public async Task Keys_and_facts_outlive_the_entry_and_expire_later()
    {
        await using var cache = new TestCache();
        var downloader = new CachingVideoDownloader(new FakeDownloader(Bytes.Random(50_000)), cache.Manager);
        var request = new DownloadRequest(Url, cache.WorkPath("a.mp4"));
        await downloader.DownloadAsync(request);
        await cache.Manager.FlushAsync();
        Age(cache);
        await cache.Manager.CleanupAsync();
        cache.Names().Should().BeEmpty();
        (await cache.Manager.TryGetMediaAsync(request)).Should().NotBeNull();

        foreach (var record in Records(cache))
        {
            File.SetLastWriteTimeUtc(record, DateTime.UtcNow.AddDays(-8));
        }

        await cache.Manager.CleanupAsync();
        Records(cache).Should().BeEmpty();
    }

    [Fact]
    public async Task Metadata_json_lists_what_is_left()
    {
        await using var cache = new TestCache();
        cache.Put(Entries.NameOf(1), Bytes.Random(50_000));
        cache.Put(Entries.NameOf(2), Bytes.Random(50_000));
        cache.SetLastAccess(Entries.NameOf(1), _old);
        await cache.Manager.CleanupAsync();

        using var metadata = System.Text.Json.JsonDocument.Parse(await File.ReadAllBytesAsync(Path.Combine(cache.Layer().Directory.Root, "metadata.json")));

        metadata.RootElement.GetProperty("entries").EnumerateArray().Should().ContainSingle().Which.GetProperty("name").GetString().Should().Be(Entries.NameOf(2));
        metadata.RootElement.GetProperty("bytes").GetInt64().Should().BeGreaterThan(50_000);
        File.Exists(Path.Combine(cache.ProfileLayer().Directory.Root, "metadata.json")).Should().BeTrue();
    }

    private static void Age(TestCache cache)
    {
        foreach (var manifest in Directory.EnumerateFiles(cache.CacheRoot(), "manifest.json", SearchOption.AllDirectories))
        {
            File.SetLastWriteTimeUtc(manifest, DateTime.UtcNow - _old);
        }
    }

    private static List<string> Records(TestCache cache) =>
        [.. Directory.EnumerateFiles(cache.Manager.SourceStore.Catalog.KeysDirectory), .. Directory.EnumerateFiles(cache.Manager.SourceStore.Catalog.FactsDirectory)];
}
