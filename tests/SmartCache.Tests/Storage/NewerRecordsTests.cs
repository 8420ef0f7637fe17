using SmartCache.Tests.Support;

namespace SmartCache.Tests.Storage;

/// <summary>Old and new workers run beside each other during an upgrade and a rollback.</summary>
public class NewerRecordsTests
{
    [Theory]
    [InlineData("""{"version":2,"other":"fields"}""")]
    [InlineData("""{"other":["before"],"version":17}""")]
    public async Task Records_of_a_newer_version_are_a_miss_and_stay_as_they_are(string newer)
    {
        await using var cache = new TestCache();
        var inner = new FakeDownloader(Bytes.Random(50_000));
        var downloader = new CachingVideoDownloader(inner, cache.Manager);
        var request = new DownloadRequest("http://example.test/video", cache.WorkPath("a.mp4"));
        await downloader.DownloadAsync(request);
        await cache.Manager.FlushAsync();
        var catalog = cache.Manager.SourceStore.Catalog;
        var records = Directory.EnumerateFiles(catalog.KeysDirectory).Concat(Directory.EnumerateFiles(catalog.FactsDirectory)).ToList();
        records.Should().HaveCount(2);
        records.ForEach(path => File.WriteAllText(path, newer));

        (await downloader.DownloadAsync(request)).Outcome.Should().Be(CacheOutcome.Miss);
        await cache.Manager.FlushAsync();
        await cache.Manager.CleanupAsync();

        records.Should().OnlyContain(path => File.ReadAllText(path) == newer);
        cache.Log.Of(400).Should().BeEmpty();
    }

    [Fact]
    public async Task Damaged_records_are_a_miss_and_written_anew()
    {
        await using var cache = new TestCache();
        var downloader = new CachingVideoDownloader(new FakeDownloader(Bytes.Random(50_000)), cache.Manager);
        var request = new DownloadRequest("http://example.test/video", cache.WorkPath("a.mp4"));
        await downloader.DownloadAsync(request);
        await cache.Manager.FlushAsync();
        var catalog = cache.Manager.SourceStore.Catalog;
        foreach (var path in Directory.EnumerateFiles(catalog.KeysDirectory).Concat(Directory.EnumerateFiles(catalog.FactsDirectory)))
        {
            await File.WriteAllTextAsync(path, """{"version":1,"key""");
        }

        (await downloader.DownloadAsync(request)).Outcome.Should().Be(CacheOutcome.Miss);
        await cache.Manager.FlushAsync();

        (await downloader.DownloadAsync(request)).Outcome.Should().Be(CacheOutcome.Hit);
        cache.Log.Of(400).Should().BeEmpty();
    }
}
