using SmartCache.Tests.Support;
using SmartCache.Tests.Uploads;

namespace SmartCache.Tests.Tool;

/// <summary><c>why</c> of a URL, a content and a profile: all keys that a source has, whether they would be served, and what comes closest. The URL itself is never printed.</summary>
public class WhySourceTests
{
    private const string Token = "s3cr3t-t0ken";
    private const string Plain = "https://origin.test/video.mp4";
    private const string Signed = Plain + "?X-Amz-Algorithm=a&X-Amz-Credential=c&X-Amz-Date=1&X-Amz-Expires=9&X-Amz-SignedHeaders=host&X-Amz-Signature=" + Token;
    private const string SignedAgain = Plain + "?X-Amz-Algorithm=a&X-Amz-Credential=c&X-Amz-Date=2&X-Amz-Expires=9&X-Amz-SignedHeaders=host&X-Amz-Signature=other";

    [Fact]
    public async Task Every_key_of_a_url_is_listed_with_the_options_that_differ_and_whether_it_would_be_served()
    {
        await using var cache = CacheWithHistory();
        var job = new TestJob(cache, new FakeDownloader(UseOfACache.Video));
        await job.DownloadAsync(job.Request(url: Plain) with { Options = Options(("quality", Token), ("lang", "en")) });
        await job.DownloadAsync(job.Request(url: Plain) with { Options = Options(("quality", "high"), ("lang", "en"), ("hdr", "yes")) });

        var why = await ToolCall.OnAsync(cache, "why", Plain, "--json");
        var text = await ToolCall.OnAsync(cache, "why", Plain);

        why.Code.Should().Be(0, why.Output + why.Error);
        var keys = why.Json.GetProperty("keys").EnumerateArray().ToList();
        keys.Should().HaveCount(2);
        keys.Select(static key => Names(key, "differingOptions")).Should().AllBe("hdr quality");
        keys.Select(static key => Names(key, "options")).Should().BeEquivalentTo("lang quality", "hdr lang quality");
        keys.Should().OnlyContain(static key => key.GetProperty("why").GetProperty("lookUp").GetProperty("wouldHit").GetBoolean() && !key.GetProperty("hasScope").GetBoolean());
        text.Output.Should().Contain("hit: it would be served").And.Contain("hdr, quality").And.Contain("Next: smartcache why").And.Contain(Bytes.Sha256(UseOfACache.Video));
        (why.Output + text.Output).Should().NotContainAny("origin.test", Token);
    }

    [Theory]
    [InlineData(Signed)]
    [InlineData(SignedAgain)]
    [InlineData(Plain)]
    public async Task Key_with_a_scope_is_found_by_the_url_with_another_signature_and_without_one(string url)
    {
        await using var cache = CacheWithHistory();
        var job = new TestJob(cache, new FakeDownloader(UseOfACache.Video));
        await job.DownloadAsync(job.Request(url: Signed) with { Scope = "tenant" });

        var why = await ToolCall.OnAsync(cache, "why", url, "--json");

        var key = why.Json.GetProperty("keys").EnumerateArray().Single();
        (why.Code, key.GetProperty("hasScope").GetBoolean()).Should().Be((0, true));
        why.Output.Should().NotContainAny("origin.test", Token, "tenant");
    }

    [Fact]
    public async Task Key_without_a_scope_is_found_by_the_very_url_alone()
    {
        await using var cache = CacheWithHistory();
        var job = new TestJob(cache, new FakeDownloader(UseOfACache.Video));
        await job.DownloadAsync(job.Request(url: Signed));

        (await ToolCall.OnAsync(cache, "why", Signed)).Code.Should().Be(0);
        (await ToolCall.OnAsync(cache, "why", SignedAgain)).Code.Should().Be(1);
    }

    [Fact]
    public async Task Url_comes_from_the_input_and_is_not_printed_also_where_nothing_is_known_of_it()
    {
        await using var cache = CacheWithHistory();
        var job = new TestJob(cache, new FakeDownloader(UseOfACache.Video));
        await job.DownloadAsync(job.Request(url: Signed));

        var known = await ToolCall.OnAsync(cache, Signed + "\n", canAsk: false, "why", "-");
        var unknown = await ToolCall.OnAsync(cache, SignedAgain + "\n", canAsk: false, "why", "-");
        var nothing = await ToolCall.OnAsync(cache, "", canAsk: false, "why", "-");
        string[][] commands = [["why", SignedAgain], ["why", SignedAgain, "--profile", "720p"], ["show", Signed], ["job", Signed], ["rm", SignedAgain, "--yes"], ["reject", SignedAgain, "--yes"]];

        (known.Code, unknown.Code, nothing.Code).Should().Be((0, 1, 2));
        unknown.Output.Should().Contain("No request for this source is on record").And.Contain("Unknown");
        nothing.Error.Should().Contain("'-' reads");
        foreach (var call in new[] { known, unknown, nothing }.Concat(await Task.WhenAll(commands.Select(command => ToolCall.OnAsync(cache, command)))))
        {
            (call.Output + call.Error).Should().NotContainAny("origin.test", Token).And.NotBeEmpty();
        }
    }

    [Fact]
    public async Task Content_is_known_by_its_hash_also_once_its_entry_went()
    {
        await using var cache = CacheWithHistory();
        await new TestJob(cache, new FakeDownloader(UseOfACache.Video)).DownloadAsync();
        var hash = Bytes.Sha256(UseOfACache.Video);

        var present = await ToolCall.OnAsync(cache, "why", "sha256:" + hash, "--json");
        Directory.Delete(cache.Entries("sources").Single(), recursive: true);
        var gone = await ToolCall.OnAsync(cache, "why", hash.ToUpperInvariant(), "--json");

        (present.Code, gone.Code).Should().Be((0, 1));
        var why = gone.Json.GetProperty("keys")[0].GetProperty("why");
        (why.GetProperty("fate").GetString(), why.GetProperty("lookUp").GetProperty("reason").GetString()).Should().Be(("Gone", "NoLongerCached"));
    }

    [Theory]
    [InlineData("old", "TooOld")]
    [InlineData("missing file", "Damaged")]
    [InlineData("other length", "Damaged")]
    [InlineData("disabled", "Disabled")]
    [InlineData("observed", "WouldHaveHit")]
    [InlineData("off", "None")]
    [InlineData("all off", "None")]
    public async Task What_is_there_and_would_not_be_served_says_why(string what, string reason)
    {
        var time = new ShiftedTime { Shift = what == "old" ? -TimeSpan.FromHours(25) : TimeSpan.Zero };
        await using var cache = new TestCache(static settings => settings with { History = 1_000_000 }, time: time);
        await new TestJob(cache, new FakeDownloader(UseOfACache.Video)).DownloadAsync();
        var file = Directory.GetFiles(cache.Entries("sources").Single(), "source.*").Single();
        var settings = cache.WorkPath("appsettings.json");
        await File.WriteAllTextAsync(settings, what switch
        {
            "observed" => """{ "Cache": { "Sources": { "Mode": "Observe" } } }""",
            "off" => """{ "Cache": { "Sources": { "Mode": "Off" } } }""",
            "all off" => """{ "Cache": { "Enabled": false } }""",
            _ => "{}",
        });
        switch (what)
        {
            case "missing file":
                File.Delete(file);
                break;
            case "other length":
                await File.AppendAllTextAsync(file, "more");
                break;
            case "disabled":
                await File.WriteAllTextAsync(Path.Combine(cache.CacheRoot(), "DISABLED"), "");
                break;
        }

        var why = await ToolCall.OnAsync(cache, "why", TestJob.Url, "--json", "--settings", settings);

        var answer = why.Json.GetProperty("keys")[0].GetProperty("why");
        (why.Code, answer.GetProperty("fate").GetString()).Should().Be((1, "Present"));
        var next = answer.GetProperty("lookUp");
        (next.GetProperty("wouldHit").GetBoolean(), next.GetProperty("reason").GetString()).Should().Be((false, reason));
        next.GetProperty("meaning").GetString().Should().NotContain("it would be served").And.NotBe("it was served");
    }

    [Fact]
    public async Task Profile_that_is_gone_has_the_closest_one_with_the_options_that_differ_where_an_entry_tells_its_recipe()
    {
        await using var cache = CacheWithHistory();
        var job = new TestJob(cache, new FakeDownloader(request => request.Source == TestJob.Url ? UseOfACache.Video : Bytes.Random(60_000, 3)));
        var video = await job.DownloadAsync();
        await job.EncodeAsync(video, Profile("2800k"));
        var wanted = Path.GetFileName(cache.Entries("profiles").Single());
        await job.EncodeAsync(video, Profile("3000k"));
        await job.EncodeAsync(video, Profile("4000k") with { Resolution = "640x360" });
        await cache.Manager.RemoveEntryAsync(EntryKind.Profile, wanted);
        await cache.Manager.FlushAsync();

        var blind = await ToolCall.OnAsync(cache, "why", wanted, "--json");
        await job.EncodeAsync(await job.DownloadAsync(url: "http://example.test/other.mp4"), Profile("2800k"));
        var seen = await ToolCall.OnAsync(cache, "why", TestJob.Url, "--profile", "720p", "--json");
        var text = await ToolCall.OnAsync(cache, "why", wanted);

        blind.Json.GetProperty("closest").GetProperty("differences").ValueKind.Should().Be(System.Text.Json.JsonValueKind.Null);
        seen.Code.Should().Be(1);
        var gone = seen.Json.GetProperty("keys").EnumerateArray().Single(key => key.GetProperty("key").GetString() == wanted);
        gone.GetProperty("fate").GetString().Should().Be("Removed");
        gone.GetProperty("closest").GetProperty("differences").EnumerateArray().Select(static differs => $"{differs.GetProperty("name")} {differs.GetProperty("wanted")} {differs.GetProperty("present")}").Should().Equal("-b:v 2800k 3000k");
        text.Output.Should().Contain("-b:v").And.Contain("2800k").And.Contain("3000k").And.Contain("Next: smartcache show");
        seen.Json.GetProperty("keys").GetArrayLength().Should().Be(3);
    }

    [Fact]
    public async Task Job_is_answered_for_one_of_its_profiles()
    {
        await using var cache = CacheWithHistory();
        var job = new TestJob(cache, new FakeDownloader(UseOfACache.Video));
        var video = await job.DownloadAsync();
        await job.EncodeAsync(video);
        await job.EncodeAsync(video, new EncodingProfile("480p") { VideoBitrate = "1k" });

        var why = await ToolCall.OnAsync(cache, "why", "job-1", "--profile", "480p", "--json");

        why.Code.Should().Be(0);
        why.Json.GetProperty("keys").EnumerateArray().Select(static key => key.GetProperty("profile").GetString()).Should().Equal("480p");
    }

    private static TestCache CacheWithHistory() => new(static settings => settings with { History = 1_000_000 });

    private static EncodingProfile Profile(string bitrate) => new("720p") { VideoBitrate = bitrate };

    private static Dictionary<string, string> Options(params (string Name, string Value)[] options) => options.ToDictionary(static option => option.Name, static option => option.Value);

    private static string Names(System.Text.Json.JsonElement key, string property) => string.Join(' ', key.GetProperty(property).EnumerateArray().Select(static name => name.GetString()));
}
