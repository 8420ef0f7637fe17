using System.Text.Json;
using SmartCache.Tests.Support;

namespace SmartCache.Tests.Tool;

public class HistoryExportTests
{
    [Fact]
    public async Task Each_event_is_a_line_of_json_without_what_is_not_known()
    {
        await using var cache = await ToolCall.UsedCacheAsync();
        var events = new List<HistoryEvent>();
        await foreach (var happened in CacheInspector.Open(new CacheOptions { Directory = cache.CacheRoot() }).ReadHistoryAsync())
        {
            events.Add(happened);
        }

        var export = await ToolCall.OnAsync(cache, "history", "export");

        export.Code.Should().Be(0);
        var lines = export.Output.TrimEnd('\n').Split('\n').Select(static line => JsonDocument.Parse(line).RootElement).ToList();
        lines.Select(static line => line.GetProperty("kind").GetString()).Should().Equal(events.Select(static happened => happened.Kind.ToString()));
        var request = lines.First(static line => line.GetProperty("kind").GetString() == "Requested");
        (request.GetProperty("reason").GetString(), request.GetProperty("bytes").GetInt64(), request.TryGetProperty("limit", out _)).Should().Be(("NotCached", 50_000, false));
    }
}
