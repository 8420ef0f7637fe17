using System.Text.Json.Nodes;
using SmartCache.Tests.Support;

namespace SmartCache.Tests.Inspection;

/// <summary>What an inspector says of the identities of sources, and what recipes of profiles have in common.</summary>
public class SourceKeyTests
{
    [Fact]
    public async Task Key_is_read_back_as_the_one_that_a_request_has()
    {
        await using var cache = new TestCache();
        var job = new TestJob(cache, new FakeDownloader(UseOfACache.Video));
        var request = job.Request() with { Options = new Dictionary<string, string> { ["b"] = "1", ["a"] = "2" }, Scope = "tenant" };
        await job.DownloadAsync(request);

        var key = (await KeysAsync(cache)).Single();

        key.Key.Should().Be(SourceKey.From(request));
        (key.ContentHash, key.Length, key.HasScope, string.Join(' ', key.Options)).Should().Be((Bytes.Sha256(UseOfACache.Video), 50_000, true, "a b"));
        key.ToString().Should().NotContainAny("example.test", "tenant");
        (await cache.Manager.Sources.RemoveAsync(key.Key)).Should().BeTrue();
        (await KeysAsync(cache)).Should().BeEmpty();
    }

    [Theory]
    [InlineData("ipfs:QmAbc", "ipfs:QmAbc", true)]
    [InlineData("ipfs:QmAbc", "IPFS:QmAbc", true)]
    [InlineData("ipfs:QmAbc", "ipfs:qmabc", false)]
    [InlineData(null, TestJob.Url + "#t=10", true)]
    [InlineData(null, TestJob.Url + "?x=1", false)]
    public async Task Source_is_recognised_as_a_request_for_it_would_be(string? contentId, string asked, bool isOf)
    {
        await using var cache = new TestCache();
        var job = new TestJob(cache, new FakeDownloader(UseOfACache.Video));
        await job.DownloadAsync(job.Request() with { ContentId = contentId });

        (await KeysAsync(cache)).Single().IsOf(asked).Should().Be(isOf);
    }

    [Fact]
    public async Task Records_that_are_torn_newer_or_not_what_their_name_says_cost_themselves()
    {
        await using var cache = new TestCache();
        await new TestJob(cache, new FakeDownloader(UseOfACache.Video)).DownloadAsync();
        var path = Directory.GetFiles(Path.Combine(cache.CacheRoot(), "sources", "keys")).Single();
        var record = JsonNode.Parse(await File.ReadAllTextAsync(path))!;
        await File.WriteAllTextAsync(PathOf(1), "{ torn");
        await File.WriteAllTextAsync(PathOf(2), record.ToJsonString());
        record["version"] = 2;
        await File.WriteAllTextAsync(PathOf(3), record.ToJsonString());
        record["version"] = 1;
        record["key"]!["url"] = null;
        await File.WriteAllTextAsync(PathOf(4), record.ToJsonString());
        await File.WriteAllTextAsync(Path.Combine(Path.GetDirectoryName(path)!, "notes.json"), "{}");

        (await KeysAsync(cache)).Should().ContainSingle().Which.Key.Should().Be(SourceKey.From(new DownloadRequest(TestJob.Url, "x")));

        string PathOf(int number) => Path.Combine(Path.GetDirectoryName(path)!, Entries.NameOf(number) + ".json");
    }

    [Fact]
    public async Task Recipe_of_one_source_gives_the_name_for_another_and_says_in_what_it_differs()
    {
        await using var cache = new TestCache();
        var job = new TestJob(cache, new FakeDownloader(UseOfACache.Video));
        await job.EncodeAsync(await TestJob.SourceAsync(cache));
        var first = (await EntriesAsync(cache)).Single();
        await job.EncodeAsync(await TestJob.SourceAsync(cache, "other.mp4", seed: 2));
        var other = (await EntriesAsync(cache)).Single(entry => entry.Name != first.Name);

        first.NameFor(other.SourceContentHash!).Should().Be(other.Name);
        first.NameFor("abc").Should().BeNull();
        other.DifferencesFrom(first.Recipe).Should().BeEmpty("the source is no option");
        var wanted = new Dictionary<string, string>(first.Recipe) { ["encoder"] = "fake 2.0" };
        other.DifferencesFrom(wanted).Should().ContainSingle().Which.Should().Be(new InspectedDifference { Name = "encoder", Wanted = "fake 2.0", Present = "fake 1.0" });
    }

    private static async Task<List<InspectedSourceKey>> KeysAsync(TestCache cache)
    {
        await cache.Manager.FlushAsync();
        return await ListAsync(CacheInspector.Open(new CacheOptions { Directory = cache.CacheRoot() }).ReadSourceKeysAsync());
    }

    private static Task<List<InspectedEntry>> EntriesAsync(TestCache cache) => ListAsync(CacheInspector.Open(new CacheOptions { Directory = cache.CacheRoot() }).ReadEntriesAsync(EntryKind.Profile));

    private static async Task<List<T>> ListAsync<T>(IAsyncEnumerable<T> items)
    {
        var list = new List<T>();
        await foreach (var item in items)
        {
            list.Add(item);
        }

        return list;
    }
}
