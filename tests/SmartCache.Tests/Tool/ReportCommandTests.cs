using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using SmartCache.Tests.Support;
using SmartCache.Worker.SampleCache;

namespace SmartCache.Tests.Tool;

/// <summary><c>report</c>: its figures, its page and its file.</summary>
public partial class ReportCommandTests
{
    private const string Nasty = "\"><script>alert(1)</script><img src=http://example.org/x onerror=alert(1)>\u202E\u001b[2J&amp;";

    [Fact]
    public async Task Figures_are_those_of_stats_and_its_steps_add_up_to_them()
    {
        await using var cache = await ToolCall.UsedCacheAsync();

        var stats = (await ToolCall.OnAsync(cache, "stats", "--json")).Json;
        var report = (await ToolCall.OnAsync(cache, "report", "--json")).Json;

        foreach (var part in new[] { "directory", "layers", "requests", "missReasons", "evictions", "regrets", "history" })
        {
            Stable(report.GetProperty(part)).Should().Be(Stable(stats.GetProperty(part)), part);
        }

        report.GetProperty("space").GetProperty("usedBytes").GetInt64().Should().Be(stats.GetProperty("space").GetProperty("usedBytes").GetInt64());
        var steps = report.GetProperty("timeline").GetProperty("steps").EnumerateArray().ToList();
        foreach (var (i, layer) in report.GetProperty("requests").EnumerateArray().Index())
        {
            foreach (var which in new[] { "all", "retries" })
            {
                foreach (var figure in new[] { "requests", "hits", "misses", "savedSeconds", "savedBytes" })
                {
                    steps.Sum(step => step.GetProperty("layers")[i].GetProperty(which).GetProperty(figure).GetDouble()).Should().BeApproximately(layer.GetProperty(which).GetProperty(figure).GetDouble(), 1e-6);
                }
            }
        }

        report.GetProperty("problems").GetArrayLength().Should().Be(0);
        report.GetProperty("largest")[0].GetProperty("bytes").GetInt64().Should().Be(50_000);
    }

    [Fact]
    public async Task Page_replaces_a_file_as_a_whole_and_says_what_to_do_next()
    {
        await using var cache = await ToolCall.UsedCacheAsync();
        var target = cache.WorkPath("report.html");
        await File.WriteAllTextAsync(target, "what was there");

        var call = await ToolCall.OnAsync(cache, "report", "-o", target);

        (call.Code, call.Error).Should().Be((0, ""));
        call.Output.Should().Contain(target).And.Contain("Next: smartcache show");
        (await File.ReadAllTextAsync(target)).Should().StartWith("<!DOCTYPE html>").And.EndWith("</html>\n").And.Contain("50.0 %");
        Directory.GetFiles(cache.Work).Should().NotContain(static path => path.Contains("smartcache-report", StringComparison.Ordinal));
        (await ToolCall.OnAsync(cache, "report", "-o", "-")).Output.Should().StartWith("<!DOCTYPE html>").And.EndWith("</html>\n");
        var relative = await ToolCall.OnAsync(cache, "report", "-o", "here.html", "--json");
        relative.Json.GetProperty("toolVersion").GetString().Should().NotBeNullOrEmpty();
        File.Exists(Path.Combine(cache.Root, "here.html")).Should().BeTrue();
    }

    [MountFact("mkfifo")]
    public async Task Pipe_is_written_to_and_stays_one()
    {
        await using var cache = await ToolCall.UsedCacheAsync();
        var pipe = cache.WorkPath("pipe");
        Mount.Run("mkfifo", pipe);
        using var reader = Process.Start(new ProcessStartInfo("cat", [pipe]) { RedirectStandardOutput = true })!;
        try
        {
            var call = await ToolCall.OnAsync(cache, "report", "-o", pipe).Guarded();

            (call.Code, call.Error).Should().Be((0, ""));
            Mount.Run("test", "-p", pipe);
            (await reader.StandardOutput.ReadToEndAsync().Guarded()).Should().StartWith("<!DOCTYPE html>").And.EndWith("</html>\n");
        }
        finally
        {
            reader.Kill();
        }
    }

    [Fact]
    public async Task File_that_cannot_be_written_is_told_and_leaves_nothing()
    {
        await using var cache = await ToolCall.UsedCacheAsync();
        var before = ToolCall.Listing(cache.Root);

        foreach (var (arguments, says) in new (string[], string)[]
        {
            ([], "smartcache report -o FILE.html"),
            (["-o", "-", "--json"], "not both"),
            (["-o", cache.WorkPath("none/report.html")], "There is no directory"),
            (["-o", cache.Work], "is a directory"),
            (["-o", Path.Combine(cache.CacheRoot(), "report.html")], "lies in the cache"),
            (["-o", Path.Combine(cache.CacheRoot(), "sources", "report.html")], "lies in the cache"),
        })
        {
            var call = await ToolCall.OnAsync(cache, ["report", .. arguments]);

            (call.Code, call.Output).Should().Be((2, ""));
            call.Error.Should().Contain(says);
        }

        ToolCall.Listing(cache.Root).Should().Be(before);
    }

    [Fact]
    public async Task Page_loads_nothing_runs_nothing_and_allows_its_own_style_alone()
    {
        await using var cache = await ToolCall.UsedCacheAsync();

        var page = (await ToolCall.OnAsync(cache, "report", "-o", "-")).Output;

        var style = page[(page.IndexOf("<style>", StringComparison.Ordinal) + 7)..page.IndexOf("</style>", StringComparison.Ordinal)];
        page.Should().Contain(System.Net.WebUtility.HtmlEncode($"default-src 'none'; style-src 'sha256-{Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(style)))}'"));
        Loading().Matches(page).Should().BeEmpty();
        page.Should().NotContainAny("http:", "https:").And.Contain("UTC");
    }

    [Fact]
    public async Task Hostile_names_are_text_and_nothing_else()
    {
        await using var cache = new TestCache(static settings => settings with { History = 1_000_000 });
        var job = new TestJob(cache, new FakeDownloader(UseOfACache.Video));
        await job.EncodeAsync(await job.DownloadAsync(), new EncodingProfile(Nasty));
        Directory.CreateDirectory(cache.WorkPath("out"));
        await File.WriteAllTextAsync(cache.WorkPath("out/index.m3u8"), "#EXTM3U");
        var session = await cache.Manager.Uploads.OpenAsync(new UploadRequest(Nasty, cache.WorkPath("out")) { Target = new UploadTarget("node", "v1") });
        await session.FailAsync(new IOException("gone"));
        await session.DisposeAsync();
        await cache.Manager.FlushAsync();

        var page = (await ToolCall.OnAsync(cache, "report", "-o", "-")).Output;

        page.Should().Contain("&quot;&gt;&lt;script&gt;alert(1)", "the names are shown").And.NotContainAny("<script", "<img", "\u202E", "\u001b");
        Loading().Matches(page).Should().BeEmpty();
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(1, 1)]
    [InlineData(1, 40)]
    [InlineData(365, 3)]
    public async Task Histories_of_any_length_have_a_page_with_sixty_steps_at_most(int days, int jobsPerDay)
    {
        await using var cache = new TestCache();
        var workload = new SampleWorkload(days, jobsPerDay);
        workload.Run();
        var root = cache.WorkPath("sample");
        await SampleFiles.WriteAsync(root, workload, 0);

        var report = (await ToolCall.RunAsync(cache.Root, null, "report", "--json", "-o", "report.html", "-d", root)).Json;

        report.GetProperty("history").GetProperty("events").GetInt32().Should().Be(workload.Events.Count);
        if (days == 0)
        {
            report.GetProperty("timeline").ValueKind.Should().Be(JsonValueKind.Null);
            report.GetProperty("replay").ValueKind.Should().Be(JsonValueKind.Null);
            (await File.ReadAllTextAsync(Path.Combine(cache.Root, "report.html"))).Should().Contain("No history is kept here").And.NotContain("<svg");
            return;
        }

        var steps = report.GetProperty("timeline").GetProperty("steps");
        steps.GetArrayLength().Should().BeInRange(1, 60);
        var end = steps[steps.GetArrayLength() - 1].GetProperty("layers");
        end[0].GetProperty("bytes").GetInt64().Should().Be(workload.Entries.Where(static entry => entry.Kind == EntryKind.Source).Sum(static entry => entry.Bytes));
        var runs = report.GetProperty("replay").GetProperty("runs").EnumerateArray().ToList();
        runs.Select(static run => run.GetProperty("policy").GetString()).Distinct().Should().Equal("COST", "FIFO", "LRU", "SIZE");
        (await File.ReadAllTextAsync(Path.Combine(cache.Root, "report.html"))).Should().NotContainAny("NaN", "Infinity", "∞");
    }

    [Fact]
    public async Task Clock_that_was_wrong_is_in_one_step_and_breaks_nothing()
    {
        await using var cache = await ToolCall.UsedCacheAsync();
        var history = Directory.GetFiles(Path.Combine(cache.CacheRoot(), "history")).Single();
        SampleFiles.WriteHistory(
            Path.GetDirectoryName(history)!,
            [
                new HistoryEvent { Kind = HistoryEventKind.Used, Layer = "sources", Entry = "a", Bytes = long.MaxValue, Time = DateTimeOffset.UnixEpoch },
                new HistoryEvent { Kind = HistoryEventKind.Used, Layer = "sources", Entry = "b", Bytes = long.MaxValue, Time = DateTimeOffset.UnixEpoch.AddYears(300) },
            ],
            1_000_000);

        var report = await ToolCall.OnAsync(cache, "report", "--json", "-o", cache.WorkPath("report.html"));

        report.Code.Should().Be(0);
        report.Json.GetProperty("timeline").GetProperty("steps").GetArrayLength().Should().BeLessThanOrEqualTo(60);
    }

    [MountFact("setpriv")]
    public async Task Layer_that_this_user_may_not_read_is_told_and_hides_no_other_one()
    {
        await using var cache = await ToolCall.UsedCacheAsync();
        Mount.Run("chmod", "-R", "a+rX", cache.Root);
        Mount.Run("chmod", "700", Path.Combine(cache.CacheRoot(), "profiles"));

        var json = await ToolCall.AsNobodyAsync(cache, "report", "--json");
        var page = await ToolCall.AsNobodyAsync(cache, "report", "-o", "-");

        json.Code.Should().Be(0, json.Error);
        json.Json.GetProperty("problems").EnumerateArray().Select(static problem => problem.GetString()).Should().Contain(static problem => problem!.StartsWith("The profiles could not be read", StringComparison.Ordinal));
        json.Json.GetProperty("largest").GetArrayLength().Should().Be(1, "the sources are there");
        json.Json.GetProperty("requests")[0].GetProperty("all").GetProperty("requests").GetInt32().Should().Be(2, "so is the history");
        page.Code.Should().Be(0, page.Error);
        page.Output.Should().Contain("Not everything could be read").And.Contain("50.0 %");
    }

    // What the disk has left changes between two calls.
    private static string Stable(JsonElement part) => Left().Replace(part.ToString(), "");

    [GeneratedRegex("\\s(src|href|srcset|style|on[a-z]+)\\s*=\\s*\"(?!data:,\")|<(script|iframe|object|embed|img|base|form)\\b|url\\(|@import|expression\\(", RegexOptions.IgnoreCase)]
    private static partial Regex Loading();

    [GeneratedRegex("\"availableBytes\": \\d+")]
    private static partial Regex Left();
}
