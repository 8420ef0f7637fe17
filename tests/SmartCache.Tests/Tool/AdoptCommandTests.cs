using SmartCache.Tests.Support;

namespace SmartCache.Tests.Tool;

/// <summary><c>adopt</c> gives a cache without its markers back to its workers, and nothing else.</summary>
public class AdoptCommandTests
{
    [Fact]
    public async Task Cache_that_lost_its_markers_is_listed_taken_over_with_a_yes_and_its_hits_are_hits_again()
    {
        await using var cache = await LostAsync();
        await using (var refused = new TestCache(root: cache.Root))
        {
            (await refused.UseAsync()).Should().Be(CacheOutcome.Bypass, "a worker leaves it alone");
        }

        await File.WriteAllTextAsync(Path.Combine(cache.CacheRoot(), "holiday.jpg"), "");
        var before = ToolCall.Listing(cache.CacheRoot());
        var listed = await ToolCall.RunAsync(cache.Root, null, "adopt", cache.CacheRoot(), "--json");
        ToolCall.Listing(cache.CacheRoot()).Should().Be(before, "nobody has said yes");
        var adopted = await ToolCall.RunAsync(cache.Root, null, "adopt", cache.CacheRoot(), "--yes");

        (listed.Code, listed.Json.GetProperty("isAdopted").GetBoolean()).Should().Be((1, false));
        listed.Json.GetProperty("directories").EnumerateArray().Select(static one => (one.GetProperty("name").GetString(), one.GetProperty("entries").GetInt32()))
            .Should().Equal(("sources", 1), ("profiles", 1), ("uploads", 1), ("root", 0));
        listed.Json.GetProperty("directories")[3].GetProperty("foreign")[0].GetString().Should().Be("holiday.jpg");
        adopted.Code.Should().Be(0, adopted.Error);
        adopted.Output.Should().Contain("It is a cache.").And.Contain("Next: smartcache doctor");
        await using var again = new TestCache(root: cache.Root);
        (await again.UseAsync()).Should().Be(CacheOutcome.Hit, again.Log.ToString());
        File.Exists(Path.Combine(cache.CacheRoot(), "holiday.jpg")).Should().BeTrue();
        (await ToolCall.RunAsync(cache.Root, null, "adopt", cache.CacheRoot())).Code.Should().Be(0, "it is one already");
    }

    [Fact]
    public async Task Directory_of_something_else_is_refused_whatever_is_said()
    {
        await using var cache = await LostAsync();
        var photos = Directory.CreateDirectory(Path.Combine(cache.Root, "photos", "sources")).Parent!.FullName;
        await File.WriteAllTextAsync(Path.Combine(photos, "sources", "holiday.jpg"), "");

        var foreign = await ToolCall.RunAsync(cache.Root, null, "adopt", photos, "--yes", "--json");
        Directory.CreateDirectory(Path.Combine(cache.CacheRoot(), "sources", Entries.NameOf(5)));
        await File.WriteAllTextAsync(Path.Combine(cache.CacheRoot(), "sources", Entries.NameOf(5), "thesis.tex"), "");
        var deadly = await ToolCall.RunAsync(cache.Root, null, "adopt", cache.CacheRoot(), "--yes", "--json");
        Directory.Delete(Path.Combine(cache.CacheRoot(), "sources", Entries.NameOf(5)), recursive: true);
        await File.WriteAllTextAsync(Path.Combine(cache.CacheRoot(), "uploads", "CACHEDIR.TAG"), "Signature: 8a477f597d28d172789f06886806bc55\n# of another program\n");
        var marked = await ToolCall.RunAsync(cache.Root, null, "adopt", cache.CacheRoot(), "--yes", "--json");

        foreach (var (call, why) in new[] { (foreign, "nothing that a cache has stored"), (deadly, "a clean-up would delete"), (marked, "something else") })
        {
            (call.Code, call.Json.GetProperty("isAdopted").GetBoolean()).Should().Be((1, false));
            call.Json.GetProperty("whyNot").GetString().Should().Contain(why);
        }

        Directory.GetFiles(cache.Root, "CACHEDIR.TAG", SearchOption.AllDirectories).Should().ContainSingle("nothing was marked beside what another program did");
        (await ToolCall.RunAsync(cache.Root, null, "adopt", cache.WorkPath("missing"), "--yes")).Code.Should().Be(2);
    }

    [MountFact("strace")]
    public async Task Killed_at_each_marker_it_leaves_a_cache_or_none_and_the_next_one_ends_it()
    {
        await using var cache = await LostAsync();
        for (var i = 1; i <= 4; i++)
        {
            foreach (var marker in Directory.GetFiles(cache.CacheRoot(), "CACHEDIR.TAG", SearchOption.AllDirectories))
            {
                File.Delete(marker);
            }

            string[] killing = ["strace", "-f", "-o", cache.WorkPath("trace"), "-e", "trace=?link,linkat", "-e", $"inject=?link,linkat:signal=KILL:when={i}"];
            (await ToolProcess.RunBehindAsync(killing, "adopt", cache.CacheRoot(), "--yes")).Code.Should().Be(137);

            var marked = Directory.GetFiles(cache.CacheRoot(), "CACHEDIR.TAG", SearchOption.AllDirectories);
            marked.Length.Should().BeInRange(i - 1, i);
            (File.Exists(Path.Combine(cache.CacheRoot(), "CACHEDIR.TAG")) && marked.Length < 4).Should().BeFalse("the root is marked last");
        }

        (await ToolCall.RunAsync(cache.Root, null, "adopt", cache.CacheRoot(), "--yes")).Code.Should().Be(0);
        await using var again = new TestCache(root: cache.Root);
        (await again.UseAsync()).Should().Be(CacheOutcome.Hit);
    }

    // As a backup that passes over the markers leaves it. No worker runs: a clean-up of one would make them again.
    private static async Task<TestCache> LostAsync()
    {
        var cache = await ToolCall.UsedCacheAsync();
        await cache.Manager.DisposeAsync();
        foreach (var marker in Directory.GetFiles(cache.CacheRoot(), "CACHEDIR.TAG", SearchOption.AllDirectories))
        {
            File.Delete(marker);
        }

        return cache;
    }
}
