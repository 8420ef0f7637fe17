using SmartCache.Tests.Support;

namespace SmartCache.Tests.Tool;

/// <summary><c>stats</c> on what a job and its retry left.</summary>
public class StatsCommandTests
{
    [Fact]
    public async Task Job_and_its_retry_are_in_the_figures_overall_and_by_retry()
    {
        await using var cache = await ToolCall.UsedCacheAsync();

        var stats = (await ToolCall.OnAsync(cache, "stats", "--json")).Json;

        stats.GetProperty("directory").GetString().Should().Be(cache.CacheRoot());
        stats.GetProperty("layers").EnumerateArray().Select(static layer => (layer.GetProperty("layer").GetString(), layer.GetProperty("entries").GetInt32(), layer.GetProperty("workers").GetInt32()))
            .Should().Equal(("sources", 1, 1), ("profiles", 1, 1), ("uploads", 1, 1));
        stats.GetProperty("layers")[0].GetProperty("oldestEntry").GetString().Should().Be(cache.Names().Single());
        foreach (var layer in stats.GetProperty("requests").EnumerateArray())
        {
            var (all, retries) = (layer.GetProperty("all"), layer.GetProperty("retries"));
            (all.GetProperty("requests").GetInt32(), all.GetProperty("hits").GetInt32(), all.GetProperty("hitRate").GetDouble()).Should().Be((2, 1, 0.5));
            (retries.GetProperty("requests").GetInt32(), retries.GetProperty("hits").GetInt32(), retries.GetProperty("hitRate").GetDouble()).Should().Be((1, 1, 1));
        }

        stats.GetProperty("requests")[0].GetProperty("all").GetProperty("savedBytes").GetInt64().Should().Be(50_000);
        stats.GetProperty("missReasons").EnumerateArray().Select(static miss => miss.GetProperty("reason").GetString()).Should().OnlyContain(static reason => reason == "NotCached").And.HaveCount(3);
        stats.GetProperty("locks").EnumerateArray().Single(static held => held.GetProperty("kind").GetString() == "Worker").GetProperty("processIds")[0].GetInt32().Should().Be(Environment.ProcessId);
        stats.GetProperty("space").GetProperty("usedBytes").GetInt64().Should().BePositive();
    }

    [Fact]
    public async Task What_went_and_was_made_again_and_what_is_in_quarantine_is_counted()
    {
        await using var cache = await ToolCall.UsedCacheAsync(retried: false);
        await cache.Manager.CompleteJobAsync("job-1");
        cache.SetLastAccess(cache.Names().Single(), TimeSpan.FromHours(30));
        await cache.Manager.CleanupAsync();
        await cache.UseAsync();
        await cache.Manager.FlushAsync();
        Spoil.Silently(cache.Entries("profiles").Single());
        await cache.Manager.VerifyAsync();

        var stats = (await ToolCall.OnAsync(cache, "stats", "--json")).Json;

        var (gone, again) = (stats.GetProperty("evictions")[0], stats.GetProperty("regrets")[0]);
        (gone.GetProperty("layer").GetString(), gone.GetProperty("limit").GetString(), gone.GetProperty("entries").GetInt32()).Should().Be(("sources", "MaxAge", 1));
        (again.GetProperty("layer").GetString(), again.GetProperty("limit").GetString(), again.GetProperty("entries").GetInt32()).Should().Be(("sources", "MaxAge", 1));
        stats.GetProperty("quarantine").GetProperty("entries").GetInt32().Should().Be(1);
    }

    [Fact]
    public async Task Events_that_the_files_have_out_of_order_are_told_and_added_up_in_the_order_of_their_times()
    {
        await using var cache = await ToolCall.UsedCacheAsync();
        var before = (await ToolCall.OnAsync(cache, "stats", "--json")).Json;
        foreach (var path in Directory.GetFiles(Path.Combine(cache.CacheRoot(), "history")))
        {
            await File.WriteAllTextAsync(cache.WorkPath("reversed"), string.Concat((await File.ReadAllLinesAsync(path)).Reverse().Select(static line => line + "\n")));
            File.Move(cache.WorkPath("reversed"), path, overwrite: true);
        }

        var stats = (await ToolCall.OnAsync(cache, "stats", "--json")).Json;
        var why = await ToolCall.OnAsync(cache, "why", cache.Names().Single(), "--json");

        stats.GetProperty("requests").ToString().Should().Be(before.GetProperty("requests").ToString());
        stats.GetProperty("history").ToString().Should().Be(before.GetProperty("history").ToString());
        why.Json.GetProperty("lastRequest").GetProperty("outcome").GetString().Should().Be("Hit");
    }

    [Fact]
    public async Task People_read_the_same_and_a_hint_and_json_has_none()
    {
        await using var cache = await ToolCall.UsedCacheAsync();

        var text = await ToolCall.OnAsync(cache, "stats");

        (text.Code, text.Error).Should().Be((0, ""));
        text.Output.Should().Contain("sources, retries").And.Contain("50.0 %").And.Contain("100.0 %").And.Contain("NotCached").And.Contain("Worker").And.Contain("Next: smartcache");
        (await ToolCall.OnAsync(cache, "stats", "--json")).Output.Should().NotContain("Next:");
    }
}
