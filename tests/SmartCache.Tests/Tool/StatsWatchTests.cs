using System.Text.Json;
using SmartCache.Tests.Support;
using SmartCache.Tool;
using SmartCache.Tool.Output;

namespace SmartCache.Tests.Tool;

/// <summary><c>stats --watch</c>, and what <c>stats</c> says where it may not look everywhere.</summary>
public class StatsWatchTests
{
    [Fact]
    public async Task Json_is_a_line_each_round_until_it_is_cancelled()
    {
        await using var cache = await ToolCall.UsedCacheAsync();

        var (code, output) = await WatchAsync(cache, 3, "--json");

        code.Should().Be(130);
        var lines = output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        lines.Should().HaveCount(3);
        foreach (var line in lines)
        {
            JsonDocument.Parse(line).RootElement.GetProperty("layers").GetArrayLength().Should().Be(3);
        }
    }

    [Fact]
    public async Task Pages_follow_each_other_in_a_file_without_a_sign_for_a_terminal()
    {
        await using var cache = await ToolCall.UsedCacheAsync();

        var (_, output) = await WatchAsync(cache, 2);

        output.Split("sources, retries").Length.Should().BeGreaterThanOrEqualTo(3);
        output.Should().NotContain("\u001b");
        (await ToolCall.OnAsync(cache, "stats", "--watch", "0")).Code.Should().Be(2);
    }

    [MountFact("setpriv")]
    public async Task Layer_that_this_user_may_not_enter_is_named_and_the_others_are_shown()
    {
        await using var cache = await ToolCall.UsedCacheAsync();
        Mount.Run("chmod", "-R", "a+rX", cache.Root);
        foreach (var closed in new[] { "sources", "history", "profiles/locks", "uploads", "quota" })
        {
            var path = Path.Combine(cache.CacheRoot(), closed);
            Mount.Run("chmod", "700", path);

            var stats = await AsNobodyAsync(cache, "--json");
            var text = await AsNobodyAsync(cache);

            Mount.Run("chmod", "755", path);
            (stats.Code, text.Code).Should().Be((1, 1), $"{closed}: {stats.Error}");
            stats.Json.GetProperty("unread")[0].GetString().Should().Contain(path);
            text.Output.Should().Contain("Not looked at").And.Contain(path);

            var layers = stats.Json.GetProperty("layers").EnumerateArray().ToList();
            layers.Where(static layer => layer.GetProperty("failure").GetString() is null).Should().OnlyContain(static layer => layer.GetProperty("entries").GetInt32() == 1)
                .And.HaveCount(closed is "history" or "quota" ? 3 : 2);
        }
    }

    private static Task<ToolCall> AsNobodyAsync(TestCache cache, params string[] more) =>
        ToolProcess.RunBehindAsync(["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"], ["stats", "-d", cache.CacheRoot(), .. more]);

    private static async Task<(int Code, string Output)> WatchAsync(TestCache cache, int rounds, params string[] more)
    {
        using var cancel = new CancellationTokenSource();
        using var output = new RoundWriter(rounds, cancel);
        var host = new ToolHost(output, TextWriter.Null) { WorkingDirectory = cache.Root, Environment = new Dictionary<string, string?>() };
        var code = await ToolEntry.RunAsync(["stats", "--watch", "0.1", "-d", cache.CacheRoot(), .. more], host, cancel.Token).Guarded();
        return (code, output.ToString());
    }

    /// <summary>Cancels when the last round is begun to be printed.</summary>
    private sealed class RoundWriter(int rounds, CancellationTokenSource cancel) : StringWriter
    {
        public override void Write(string? value)
        {
            base.Write(value);
            Look();
        }

        public override void WriteLine(string? value)
        {
            base.WriteLine(value);
            Look();
        }

        private void Look()
        {
            var text = ToString();
            if (text.Split("\"missReasons\"").Length > rounds || text.Split("Next: ").Length > rounds)
            {
                cancel.Cancel();
            }
        }
    }
}
