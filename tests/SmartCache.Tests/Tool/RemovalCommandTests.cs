using SmartCache.Storage;
using SmartCache.Tests.Support;

namespace SmartCache.Tests.Tool;

/// <summary><c>rm</c>, <c>clear</c> and <c>reject</c>: they ask, do what was asked for and nothing else, and say what comes next.</summary>
public class RemovalCommandTests
{
    private static readonly string _content = Bytes.Sha256(UseOfACache.Video);

    public static TheoryData<string> Commands => ["rm {url}", "rm {source}", "clear", "clear profiles", "reject {url}"];

    [Theory]
    [MemberData(nameof(Commands))]
    public async Task Nothing_is_done_without_a_yes(string command)
    {
        await using var cache = await ToolCall.UsedCacheAsync();
        var arguments = Arguments(cache, command);
        var before = ToolCall.Listing(cache.CacheRoot());

        var noTerminal = await ToolCall.OnAsync(cache, arguments);
        var json = await ToolCall.OnAsync(cache, [.. arguments, "--json"]);
        var no = await ToolCall.OnAsync(cache, "n\n", canAsk: true, arguments);
        var ended = await ToolCall.OnAsync(cache, "", canAsk: true, arguments);

        (noTerminal.Code, json.Code, no.Code, ended.Code).Should().Be((2, 2, 1, 1));
        noTerminal.Error.Should().Contain("Nothing was done").And.Contain("--yes");
        no.Error.Should().Contain("entries").And.Contain("[y/N]").And.Contain("Nothing was done.");
        json.Output.Should().BeEmpty();
        ToolCall.Listing(cache.CacheRoot()).Should().Be(before);
        (await cache.UseAsync()).Should().Be(CacheOutcome.Hit);
    }

    [Theory]
    [InlineData("rm {url}", 2, 0, 0)]
    [InlineData("rm {content}", 2, 0, 0)]
    [InlineData("rm {source}", 2, 0, 0)]
    [InlineData("rm {identity}", 2, 0, 0)]
    [InlineData("rm {url} --keep-profiles", 1, 0, 1)]
    [InlineData("rm {profile}", 1, 1, 0)]
    [InlineData("reject {url}", 1, 0, 1)]
    [InlineData("reject {source}", 1, 0, 1)]
    [InlineData("clear", 2, 0, 0)]
    [InlineData("clear sources", 1, 0, 1)]
    [InlineData("clear profiles", 1, 1, 0)]
    public async Task What_is_meant_goes_and_nothing_else_and_says_what_the_next_request_does(string command, int gone, int sources, int profiles)
    {
        await using var cache = await ToolCall.UsedCacheAsync();

        var done = await ToolCall.OnAsync(cache, [.. Arguments(cache, command), "--yes", "--json"]);

        (done.Code, done.Json.GetProperty("entries").GetInt32(), done.Json.GetProperty("left").GetInt32()).Should().Be((0, gone, 0), done.Error);
        done.Json.GetProperty("bytes").GetInt64().Should().BePositive();
        done.Json.GetProperty("afterwards").GetString().Should().Contain(sources == 0 ? "download" : "encode").And.Contain("again");
        (cache.Entries("sources").Length, cache.Entries("profiles").Length).Should().Be((sources, profiles));
        (await cache.UseAsync()).Should().Be(sources == 0 ? CacheOutcome.Miss : CacheOutcome.Hit);
        await cache.Manager.FlushAsync();
        (cache.Entries("sources").Length, cache.Entries("profiles").Length).Should().Be((1, 1), "a worker beside it goes on");
    }

    [Fact]
    public async Task What_is_bad_here_goes_also_where_the_bucket_cannot_be_used_and_that_is_said()
    {
        await using var cache = await ToolCall.UsedCacheAsync();
        Dictionary<string, string?> environment = new()
        {
            ["Cache__Remote__Mode"] = "ReadWrite", ["Cache__Remote__S3__Bucket"] = "cache", ["Cache__Remote__S3__Profile"] = "nobody-has-such-a-profile",
        };

        var call = await ToolCall.RunAsync(cache.Root, environment, "rm", Path.GetFileName(cache.Entries("profiles").Single()), "--yes", "-d", cache.CacheRoot());

        call.Code.Should().Be(0, call.Error);
        call.Error.Should().Contain("Cache:Remote:S3:Profile").And.Contain("not done in the bucket");
        cache.Entries("profiles").Should().BeEmpty();
    }

    [Fact]
    public async Task Question_is_answered_on_the_terminal_and_the_url_comes_from_the_input()
    {
        await using var cache = await ToolCall.UsedCacheAsync();

        var text = await ToolCall.OnAsync(cache, TestJob.Url + "\ny\n", canAsk: true, "rm", "-");

        text.Code.Should().Be(0);
        text.Output.Should().Contain("Remove: 2 entries").And.Contain("downloads and encodes it again").And.Contain("Done.").And.Contain("Next: smartcache stats").And.NotContain("example.test");
        text.Error.Should().Contain("Remove 2 entries").And.Contain("kB").And.Contain("[y/N]");
        cache.Names().Should().BeEmpty();
    }

    [Fact]
    public async Task What_the_url_led_to_after_the_question_stays()
    {
        await using var cache = await ToolCall.UsedCacheAsync();
        var mended = cache.WorkPath("mended.mp4");
        await File.WriteAllBytesAsync(mended, new byte[5000]);
        using var answer = new LateAnswer("y", async () => await (await cache.Manager.Sources.AddAsync(SourceKey.From(new DownloadRequest(TestJob.Url, mended)), mended))!.DisposeAsync());

        var done = await ToolCall.OnAsync(cache, answer, "rm", TestJob.Url);

        done.Code.Should().Be(0, done.Error);
        cache.Names().Should().Equal(Bytes.Sha256(new byte[5000])[..32]);
        (await cache.Manager.TryGetMediaAsync(new DownloadRequest(TestJob.Url, mended)))?.ContentHash.Should().Be(Bytes.Sha256(new byte[5000]));
    }

    [Fact]
    public async Task Keys_of_other_sources_stay()
    {
        await using var cache = await ToolCall.UsedCacheAsync();
        var job = new TestJob(cache, new FakeDownloader(Bytes.Random(60_000, 3)));
        await job.DownloadAsync(url: "http://example.test/other.mp4");

        await ToolCall.OnAsync(cache, "rm", TestJob.Url, "--yes");

        (await job.DownloadAsync(url: "http://example.test/other.mp4")).Outcome.Should().Be(CacheOutcome.Hit);
        (await ToolCall.OnAsync(cache, "why", TestJob.Url, "--json")).Json.GetProperty("keys").GetArrayLength().Should().Be(0);
    }

    [Fact]
    public async Task What_is_in_use_is_said_and_stays_with_its_user_until_the_end()
    {
        await using var cache = await ToolCall.UsedCacheAsync();
        var name = cache.Names().Single();
        using var lease = cache.TryLease(name, out _)!;

        var done = await ToolCall.OnAsync(cache, "rm", name, "--yes", "--json");

        (done.Code, done.Json.GetProperty("inUse").GetInt32(), done.Json.GetProperty("left").GetInt32()).Should().Be((0, 1, 0));
        Directory.GetFiles(cache.Entries("sources").Single(), "source.*").Should().ContainSingle("whoever has it goes on");
        (await ToolCall.OnAsync(cache, "why", name, "--json")).Json.GetProperty("fate").GetString().Should().Be("BeingRemoved");
        lease.Dispose();
        cache.Names().Should().BeEmpty();
    }

    [Fact]
    public async Task Unfinished_jobs_that_need_it_are_counted()
    {
        await using var cache = new TestCache(static settings => settings with { History = 1_000_000 });
        var job = new TestJob(cache, new FakeDownloader(UseOfACache.Video));
        await job.EncodeAsync(await job.DownloadAsync());

        var text = await ToolCall.OnAsync(cache, "y\n", canAsk: true, "rm", TestJob.Url);

        text.Output.Should().Contain("Unfinished jobs").And.Contain("1 used some of it");
    }

    [Fact]
    public async Task Rejected_source_is_downloaded_again_and_its_profiles_are_named()
    {
        await using var cache = await ToolCall.UsedCacheAsync();

        var done = await ToolCall.OnAsync(cache, "reject", TestJob.Url, "--yes", "--json");

        done.Json.GetProperty("afterwards").GetString().Should().Contain("downloads it again").And.Contain("1 profiles stay").And.Contain("smartcache rm");
        (await ToolCall.OnAsync(cache, "why", ContentName.Of(_content), "--json")).Json.GetProperty("fate").GetString().Should().Be("Rejected");
        (await ToolCall.OnAsync(cache, "reject", TestJob.Url, "--yes")).Code.Should().Be(1, "it is gone");
        (await ToolCall.OnAsync(cache, "reject", Path.GetFileName(cache.Entries("profiles").Single()), "--yes")).Error.Should().Contain("is a profile");
    }

    [Fact]
    public async Task States_of_jobs_are_cleared_and_what_targets_confirmed_stays()
    {
        await using var cache = await ToolCall.UsedCacheAsync();

        var done = await ToolCall.OnAsync(cache, "clear", "uploads", "--yes", "--json");

        (done.Code, done.Json.GetProperty("jobs").GetInt32(), done.Json.GetProperty("left").GetInt32()).Should().Be((0, 1, 0));
        (await cache.Manager.Uploads.LoadAsync("job-1")).Should().BeNull();
        cache.Entries("sources").Should().ContainSingle();
        Directory.GetFiles(Path.Combine(cache.CacheRoot(), "uploads", "targets"), "*.journal", SearchOption.AllDirectories).Should().NotBeEmpty();
    }

    [Fact]
    public async Task What_could_not_go_is_counted_with_what_the_library_said()
    {
        await using var cache = await ToolCall.UsedCacheAsync();
        var trash = Path.Combine(cache.CacheRoot(), "sources", "trash");
        Directory.Delete(trash, recursive: true);
        await File.WriteAllTextAsync(trash, "a file in its place");

        var done = await ToolCall.OnAsync(cache, "clear", "sources", "--yes", "--json");

        (done.Code, done.Json.GetProperty("left").GetInt32()).Should().Be((1, 1));
        done.Json.GetProperty("faults").EnumerateArray().Should().NotBeEmpty();
    }

    [Fact]
    public async Task Cache_that_is_disabled_is_left_alone()
    {
        await using var cache = await ToolCall.UsedCacheAsync();
        await File.WriteAllTextAsync(Path.Combine(cache.CacheRoot(), "DISABLED"), "");

        var clear = await ToolCall.OnAsync(cache, "clear", "--yes");

        (clear.Code, cache.Names().Count).Should().Be((2, 1));
        clear.Error.Should().Contain("DISABLED");
    }

    [Fact]
    public async Task Layer_that_the_worker_has_switched_off_is_cleared_all_the_same()
    {
        await using var cache = await ToolCall.UsedCacheAsync();
        var settings = cache.WorkPath("appsettings.json");
        await File.WriteAllTextAsync(settings, """{ "Cache": { "Sources": { "Mode": "Off" }, "Enabled": false } }""");

        (await ToolCall.OnAsync(cache, "rm", TestJob.Url, "--yes", "--settings", settings)).Code.Should().Be(0);

        cache.Names().Should().BeEmpty();
    }

    [Fact]
    public async Task Where_there_is_no_cache_none_is_made()
    {
        var root = Directory.CreateTempSubdirectory("smartcache-test-").FullName;
        try
        {
            foreach (var command in new[] { "clear", "rm", "reject" })
            {
                string[] arguments = command == "clear" ? [command] : [command, "abc"];
                (await ToolCall.RunAsync(root, null, [.. arguments, "--yes", "--directory", Path.Combine(root, "missing")])).Code.Should().Be(2);
            }

            Directory.GetFileSystemEntries(root).Should().BeEmpty();
        }
        finally
        {
            Directory.Delete(root);
        }
    }

    private static string[] Arguments(TestCache cache, string command) =>
    [
        .. command.Split(' ').Select(word => word switch
        {
            "{url}" => TestJob.Url,
            "{content}" => _content,
            "{source}" => cache.Names().Single(),
            "{identity}" => SourceKey.From(new DownloadRequest(TestJob.Url, "x")).Name,
            "{profile}" => Path.GetFileName(cache.Entries("profiles").Single()),
            _ => word,
        }),
    ];
}
