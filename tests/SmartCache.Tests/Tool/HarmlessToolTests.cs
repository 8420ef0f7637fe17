using SmartCache.Tests.Support;

namespace SmartCache.Tests.Tool;

/// <summary>What the tool must not do: change a cache, spoil a hit, or hand a name's tricks on to a terminal.</summary>
public class HarmlessToolTests
{
    private const string Nasty = "[red]\u001b[2J\u001b]0;x\u0007\n\u202Ejob[/] [link=http://x]{0}";

    private static readonly string[][] _commands =
    [
        ["stats"], ["ls", "sources"], ["ls", "profiles", "--sort", "cost"], ["show", "{name}"], ["jobs"], ["job", "job-1"], ["why", "{name}"], ["why", "job-1"], ["why", "ffff"], ["why", TestJob.Url], ["why", TestJob.Url, "--profile", "720p"], ["history", "export"],
        ["doctor", "--work", "{work}"], ["verify"], ["evict", "--dry-run", "--to", "1MB"], ["explain-settings"], ["adopt", "{cache}"],
    ];

    [Fact]
    public async Task Nothing_in_the_cache_is_made_changed_or_touched_beside_a_live_worker_and_its_hits_stay_hits()
    {
        await using var cache = await ToolCall.UsedCacheAsync();
        var before = ToolCall.Listing(cache.CacheRoot());

        await RunAllAsync(cache);

        ToolCall.Listing(cache.CacheRoot()).Should().Be(before);
        (await cache.UseAsync()).Should().Be(CacheOutcome.Hit);
    }

    [Fact]
    public async Task Nothing_is_made_changed_or_touched_without_a_worker()
    {
        await using var cache = await ToolCall.UsedCacheAsync();
        var name = cache.Names().Single();
        await cache.Manager.DisposeAsync();
        var before = ToolCall.Listing(cache.CacheRoot());

        await RunAllAsync(cache, name);

        ToolCall.Listing(cache.CacheRoot()).Should().Be(before);
    }

    [Fact]
    public async Task Hostile_names_are_printed_as_they_stand_but_without_control_characters()
    {
        await using var cache = new TestCache(static settings => settings with { History = 1_000_000 });
        var job = new TestJob(cache, new FakeDownloader(UseOfACache.Video));
        var video = await job.DownloadAsync();
        await job.EncodeAsync(video, new EncodingProfile(Nasty));
        await cache.Manager.ExpectRetryAsync(Nasty, DateTimeOffset.UtcNow.AddHours(1));
        await cache.Manager.FlushAsync();
        var profile = Path.GetFileName(cache.Entries("profiles").Single());

        string[][] commands = [["stats"], ["ls", "profiles"], ["show", profile], ["jobs"], ["job", Nasty], ["why", profile], ["why", Nasty], ["why", Nasty + "x"], ["job", Nasty + "x"], ["doctor"]];
        foreach (var command in commands)
        {
            var call = await ToolCall.OnAsync(cache, command);

            (call.Output + call.Error).Should().NotContainAny("\u001b", "\u0007", "\u202E", "\r").And.NotBeEmpty();
            (await ToolCall.OnAsync(cache, [.. command, "--json"])).Output.Should().NotContainAny("\u001b", "\u0007", "\u202E");
        }

        (await ToolCall.OnAsync(cache, "jobs")).Output.Should().Contain("[red]\uFFFD[2J").And.Contain("job[/] [link=http://x]{0}");
        (await ToolCall.OnAsync(cache, "ls", "profiles")).Output.Should().Contain("[red]\uFFFD[2J");
        (await ToolCall.OnAsync(cache, "jobs", "--json")).Json[0].GetProperty("id").GetString().Should().Be(Nasty, "a script is given the name itself");
    }

    private static async Task RunAllAsync(TestCache cache, string? name = null)
    {
        name ??= cache.Names().Single();
        foreach (var command in _commands)
        {
            string[] arguments = [.. command.Select(word => word.Replace("{name}", name, StringComparison.Ordinal).Replace("{work}", cache.Work, StringComparison.Ordinal).Replace("{cache}", cache.CacheRoot(), StringComparison.Ordinal))];
            (await ToolCall.OnAsync(cache, arguments)).Output.Should().NotBeEmpty();
            (await ToolCall.OnAsync(cache, [.. arguments, "--json"])).Code.Should().NotBe(2);
        }
    }
}
