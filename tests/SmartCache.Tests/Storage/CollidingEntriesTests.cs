using SmartCache.Tests.Support;

namespace SmartCache.Tests.Storage;

/// <summary>
/// An entry or a record that lies under another key's name: copied by hand, or because two keys have one name. It is a miss, and no obstacle:
/// what is made instead takes its place.
/// </summary>
public class CollidingEntriesTests
{
    private static readonly EncodingProfile _high = new("1080p") { Resolution = "1920x1080" };
    private static readonly EncodingProfile _low = new("480p") { Resolution = "854x480" };

    [Fact]
    [Trait("Found", "S6-preimage")]
    public async Task Profile_entry_of_another_recipe_under_its_name_is_a_miss_and_is_replaced()
    {
        await using var cache = new TestCache();
        var job = new TestJob(cache, new FakeDownloader(Bytes.Random(50_000)));
        var video = await job.DownloadAsync();
        await job.EncodeAsync(video, _high);
        CopyTree(Single(cache, "profiles"), Path.Combine(cache.Settings.Root, "profiles", await NameAsync(job, video, _low)));

        var low = await job.EncodeAsync(video, _low);
        var again = await job.EncodeAsync(video, _low);

        low.Outcome.Should().Be(CacheOutcome.Miss);
        LabelOf(low).Should().Be("480p");
        again.Outcome.Should().Be(CacheOutcome.Hit, cache.Log.ToString());
        LabelOf(again).Should().Be("480p");
        (await job.EncodeAsync(video, _high)).Outcome.Should().Be(CacheOutcome.Hit);
        job.InnerEncoder.Calls.Should().Be(2);
    }

    [Fact]
    [Trait("Found", "S6-preimage")]
    public async Task Lease_that_an_added_profile_gives_is_never_on_another_recipes_entry()
    {
        await using var cache = new TestCache();
        var job = new TestJob(cache, new FakeDownloader(Bytes.Random(50_000)));
        var video = await job.DownloadAsync();
        await job.EncodeAsync(video, _high);
        var key = ProfileKey.From(video.Media!, await job.InnerEncoder.DescribeAsync(video.Media!, _low));
        CopyTree(Single(cache, "profiles"), Path.Combine(cache.Settings.Root, "profiles", key.Name));

        await using var made = await cache.Manager.Profiles.GetOrAddAsync(
            key, (directory, token) => job.InnerEncoder.EncodeAsync(new EncodeRequest(video, _low, directory), null, token));

        LabelOf(made.Profile).Should().Be("480p", cache.Log.ToString());
        made.Outcome.Should().Be(CacheOutcome.Miss);
    }

    [Fact]
    [Trait("Found", "M6")]
    public async Task Source_entry_of_another_content_under_its_name_is_a_miss_and_is_replaced()
    {
        await using var cache = new TestCache();
        var job = new TestJob(cache, new FakeDownloader(request => Bytes.Random(50_000, request.Source.EndsWith('1') ? 1 : 2)));
        await job.DownloadAsync(url: "http://a.test/1");
        var first = Single(cache, "sources");
        await job.DownloadAsync(url: "http://a.test/2");
        var second = cache.Entries("sources").Single(path => path != first);
        Directory.Delete(second, recursive: true);
        CopyTree(first, second);

        var video = await job.DownloadAsync(url: "http://a.test/2");
        var again = await job.DownloadAsync(url: "http://a.test/2");

        video.Outcome.Should().Be(CacheOutcome.Miss);
        again.Outcome.Should().Be(CacheOutcome.Hit, cache.Log.ToString());
        Bytes.Sha256OfFile(again.Path).Should().Be(Bytes.Sha256(Bytes.Random(50_000, 2)));
        (await job.DownloadAsync(url: "http://a.test/1")).Outcome.Should().Be(CacheOutcome.Hit);
    }

    [Fact]
    [Trait("Found", "M6")]
    public async Task Lease_that_a_produced_source_gives_is_never_on_another_contents_entry()
    {
        await using var cache = new TestCache();
        var job = new TestJob(cache, new FakeDownloader(Bytes.Random(50_000, 1)));
        await job.DownloadAsync();
        var other = Bytes.Random(50_000, 2);
        CopyTree(Single(cache, "sources"), Path.Combine(cache.Settings.Root, "sources", Bytes.Sha256(other)[..32]));

        await using var made = await cache.Manager.Sources.GetOrAddAsync(
            SourceKey.From(new DownloadRequest("http://a.test/2", "/d")), (path, token) => File.WriteAllBytesAsync(path, other, token));

        Bytes.Sha256OfFile(made.Path).Should().Be(Bytes.Sha256(other), cache.Log.ToString());
        made.Media.ContentHash.Should().Be(Bytes.Sha256(other));
        made.Outcome.Should().Be(CacheOutcome.Miss);
    }

    [Fact]
    [Trait("Found", "M6")]
    public async Task Record_of_another_key_under_its_name_is_a_miss_and_is_replaced()
    {
        await using var cache = new TestCache();
        var job = new TestJob(cache, new FakeDownloader(request => Bytes.Random(50_000, request.Source.EndsWith('1') ? 1 : 2)));
        await job.DownloadAsync(url: "http://a.test/1");
        var other = SourceKey.From(new DownloadRequest("http://a.test/2", "/d"));
        var keys = Path.Combine(cache.Settings.Root, "sources", "keys");
        File.Copy(Directory.GetFiles(keys).Single(), Path.Combine(keys, other.Name + ".json"));

        (await cache.Manager.TryGetMediaAsync(job.Request(url: "http://a.test/2"))).Should().BeNull();
        var video = await job.DownloadAsync(url: "http://a.test/2");

        video.Outcome.Should().Be(CacheOutcome.Miss);
        Bytes.Sha256OfFile(video.Path).Should().Be(Bytes.Sha256(Bytes.Random(50_000, 2)));
        (await job.DownloadAsync(url: "http://a.test/2")).Outcome.Should().Be(CacheOutcome.Hit);
    }

    [Fact]
    [Trait("Found", "M6")]
    public async Task Record_of_another_key_does_not_count_as_a_later_fetch()
    {
        await using var cache = new TestCache();
        var job = new TestJob(cache, new FakeDownloader(request => Bytes.Random(50_000, request.Source.EndsWith('1') ? 1 : 2)));
        var keys = Path.Combine(cache.Settings.Root, "sources", "keys");
        var other = SourceKey.From(new DownloadRequest("http://a.test/2", "/d"));
        job.InnerDownloader.Before = async _ =>
        {
            if (job.InnerDownloader.Calls == 1)
            {
                // Fetched and copied while the other fetch is under way.
                await job.DownloadAsync(url: "http://a.test/1");
                File.Copy(Directory.GetFiles(keys).Single(), Path.Combine(keys, other.Name + ".json"));
            }
        };

        await job.DownloadAsync(url: "http://a.test/2");

        (await job.DownloadAsync(url: "http://a.test/2")).Outcome.Should().Be(CacheOutcome.Hit, cache.Log.ToString());
    }

    [Fact]
    [Trait("Found", "M6")]
    public async Task Facts_of_another_content_under_its_name_are_not_believed()
    {
        var probe = new FakeProbe { Duration = TimeSpan.FromSeconds(20) };
        await using var cache = new TestCache(probe: probe);
        var job = new TestJob(cache, new FakeDownloader(request => Bytes.Random(50_000, request.Source.EndsWith('1') ? 1 : 2)));
        var facts = Path.Combine(cache.Settings.Root, "sources", "facts");
        await job.DownloadAsync(url: "http://a.test/1");
        File.Copy(Directory.GetFiles(facts).Single(), Path.Combine(facts, Bytes.Sha256(Bytes.Random(50_000, 2))[..32] + ".json"));
        probe.Duration = TimeSpan.FromSeconds(8);

        var video = await job.DownloadAsync(url: "http://a.test/2");

        video.Media!.Duration.Should().Be(TimeSpan.FromSeconds(8));
        (await cache.Manager.TryGetMediaAsync(job.Request(url: "http://a.test/2")))!.Duration.Should().Be(TimeSpan.FromSeconds(8));
    }

    private static async Task<string> NameAsync(TestJob job, DownloadedVideo video, EncodingProfile profile) =>
        ProfileKey.From(video.Media!, await job.InnerEncoder.DescribeAsync(video.Media!, profile)).Name;

    private static string Single(TestCache cache, string layer) => cache.Entries(layer).Single();

    /// <summary>The fake encoder writes the profile's name into each segment.</summary>
    private static string LabelOf(EncodedProfile profile)
    {
        var segment = File.ReadAllBytes(Path.Combine(profile.Directory, "seg_00000.ts"));
        return segment.AsSpan().StartsWith("1080p"u8) ? "1080p" : segment.AsSpan().StartsWith("480p"u8) ? "480p" : "neither";
    }

    /// <summary>With the files' times, as <c>cp -a</c> does.</summary>
    private static void CopyTree(string from, string to)
    {
        Mount.Run("cp", "-a", from, to);
    }
}
