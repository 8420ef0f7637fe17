using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Reflection;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Logging;
using SmartCache.FFMpegCore;
using SmartCache.Stages;
using SmartCache.Tests.Support;
using SmartCache.Tests.Uploads;

namespace SmartCache.Tests.Diagnostics;

/// <summary>docs/observability.md names what the code has, and nothing else: an operator searches for what stands there.</summary>
public partial class ObservabilityPageTests
{
    private static readonly string Page = File.ReadAllText(Path.Combine(Snapshot.Repository, "docs", "observability.md"));

    [Fact]
    public void Events_of_the_page_are_those_of_the_code_with_their_levels() =>
        EventRow().Matches(Section("Log")).Select(static row => $"{row.Groups[1].Value} {row.Groups[2].Value}").Should().BeEquivalentTo(
            EventsOf(typeof(CacheManager)).Select(static one => $"{one.EventId} {one.Level}"));

    [Fact]
    public void Events_of_the_ready_made_stages_are_those_of_the_ranges() =>
        IdRange().Matches(Section("Log")).SelectMany(static range => Enumerable.Range(Number(range, 1), Number(range, 2) - Number(range, 1) + 1)).Should().BeEquivalentTo(
            EventsOf(typeof(HttpVideoDownloader)).Concat(EventsOf(typeof(FfmpegProfileEncoder))).Select(static one => one.EventId));

    [Fact]
    public void Reasons_of_the_page_are_those_of_the_code() => FirstCells("Reasons").Should().Equal(Enum.GetNames<CacheReason>());

    [Fact]
    public void States_of_a_layer_are_those_of_the_code() => FirstCells("States of a layer").Should().BeEquivalentTo(Enum.GetNames<LayerCondition>());

    [Fact]
    public void Instruments_of_the_page_are_those_of_the_meter_with_their_kinds_units_and_tags() =>
        InstrumentRow().Matches(Section("Meter")).Select(static row => string.Join(' ', [row.Groups[1].Value, Kind(row), row.Groups[3].Value, Sorted(row.Groups[4].Value)])).Should().BeEquivalentTo(
            MeasuredInstrument.All.Select(static one => string.Join(' ', [one.Name, one.Kind, one.Unit, one.Tags])));

    [Fact]
    public async Task Activities_of_the_page_are_those_of_a_whole_job_with_their_tags()
    {
        var said = await ActivitiesOfAJobAsync();

        ActivityRow().Matches(Section("Activities")).Select(static row => $"{row.Groups[1].Value} {Sorted(row.Groups[2].Value)}").Should().BeEquivalentTo(said);
    }

    private static async Task<IEnumerable<string>> ActivitiesOfAJobAsync()
    {
        using var root = new Activity("test").Start();
        var seen = new ConcurrentQueue<Activity>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = static source => source.Name == SmartCacheTelemetry.ActivitySourceName,
            Sample = static (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = activity =>
            {
                if (activity.TraceId == root.TraceId)
                {
                    seen.Enqueue(activity);
                }
            },
        };
        ActivitySource.AddActivityListener(listener);
        await using var cache = new TestCache();
        var job = new TestJob(cache, new FakeDownloader(Bytes.Random(50_000)));
        var encoded = await job.EncodeAsync(await job.DownloadAsync());
        await new ResumingIpfsUploader(new ScriptedUploader(new UploadTarget("node", "v1")), cache.Manager).UploadAsync(new UploadRequest("job-1", encoded.Directory));
        return seen.Select(static activity => $"{activity.OperationName} {string.Join(", ", activity.TagObjects.Select(static tag => tag.Key).Order(StringComparer.Ordinal))}").Distinct();
    }

    private static IEnumerable<LoggerMessageAttribute> EventsOf(Type inAssembly) => inAssembly.Assembly.GetTypes()
        .Where(static type => type.Namespace != "SmartCache.Diagnostics" || type.Assembly == typeof(CacheManager).Assembly)
        .SelectMany(static type => type.GetMethods(BindingFlags.Static | BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly))
        .Select(static method => method.GetCustomAttribute<LoggerMessageAttribute>()).OfType<LoggerMessageAttribute>();

    /// <summary>From a heading to the next one of its rank or a higher one.</summary>
    private static string Section(string heading)
    {
        var begin = Regex.Match(Page, $"^(#+) {Regex.Escape(heading)}\n", RegexOptions.Multiline);
        begin.Success.Should().BeTrue($"the page has a section {heading}");
        var rest = Page[(begin.Index + begin.Length)..];
        var end = Regex.Match(rest, $"^#{{1,{begin.Groups[1].Length}}} ", RegexOptions.Multiline);
        return end.Success ? rest[..end.Index] : rest;
    }

    private static IEnumerable<string> FirstCells(string heading) => NamedRow().Matches(Section(heading)).Select(static row => row.Groups[1].Value);

    private static string Sorted(string cell) => string.Join(", ", Name().Matches(cell).Select(static name => name.Groups[1].Value).Order(StringComparer.Ordinal));

    private static string Kind(Match row) => row.Groups[2].Success ? row.Groups[2].Value : "counter";

    private static int Number(Match match, int group) => int.Parse(match.Groups[group].Value, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"^\| ([0-9]+) \| (\w+) \|", RegexOptions.Multiline)]
    private static partial Regex EventRow();

    [GeneratedRegex(@"\b([0-9]{4}) to ([0-9]{4})\b")]
    private static partial Regex IdRange();

    [GeneratedRegex(@"^\| `(\w+)` \|", RegexOptions.Multiline)]
    private static partial Regex NamedRow();

    [GeneratedRegex(@"^\| `(smartcache\.[a-z_.]+)`(?: \((\w+)\))? \| `([^`]+)` \|([^|]*)\|", RegexOptions.Multiline)]
    private static partial Regex InstrumentRow();

    [GeneratedRegex(@"^\| `(smartcache\.[a-z]+)` \|([^|]*)\|", RegexOptions.Multiline)]
    private static partial Regex ActivityRow();

    [GeneratedRegex("`([^`]+)`")]
    private static partial Regex Name();
}
