using System.Text.Json;
using System.Text.RegularExpressions;
using SmartCache.Tests.Support;

namespace SmartCache.Tests.Diagnostics;

/// <summary>docs/grafana.json and docs/alerts.yaml ask for what the meter has: a name that is wrong there shows nothing, and warns of nothing.</summary>
public partial class MonitoringFilesTests
{
    // Of the exporter and of Prometheus.
    private static readonly string[] AlwaysThere = ["instance", "job", "le"];
    private static readonly string Alerts = File.ReadAllText(Path.Combine(Snapshot.Repository, "docs", "alerts.yaml"));
    private static readonly string[] AlertQueries = [.. Expression().Matches(Alerts).Select(static line => line.Groups[1].Value)];
    private static readonly JsonElement Dashboard = JsonDocument.Parse(File.ReadAllText(Path.Combine(Snapshot.Repository, "docs", "grafana.json"))).RootElement;
    private static readonly string[] PanelQueries = [.. Panels().SelectMany(static panel => panel.GetProperty("targets").EnumerateArray()).Select(static target => target.GetProperty("expr").GetString()!)];
    private static readonly string[] VariableQueries =
        [.. Dashboard.GetProperty("templating").GetProperty("list").EnumerateArray().Select(static one => one.GetProperty("query")).Where(static query => query.ValueKind == JsonValueKind.Object).Select(static query => query.GetProperty("query").GetString()!)];

    private static readonly Dictionary<string, MeasuredInstrument> Metrics =
        MeasuredInstrument.All.SelectMany(static one => one.PrometheusNames().Select(name => (name, one))).ToDictionary(static pair => pair.name, static pair => pair.one);

    private static readonly Dictionary<string, string[]> Values = new()
    {
        ["outcome"] = Enum.GetNames<CacheOutcome>(),
        ["state"] = Enum.GetNames<LayerCondition>(),
        ["layer"] = ["sources", "profiles", "uploads", "quota"],
    };

    [Fact]
    public void Names_are_those_of_the_translation_for_Prometheus()
    {
        Metrics.Keys.Should().Contain([
            "smartcache_requests_total", "smartcache_saved_io_bytes_total", "smartcache_saved_time_seconds_total", "smartcache_operation_duration_seconds_bucket",
            "smartcache_space_used_bytes", "smartcache_entries", "smartcache_cleanup_age_seconds"]);
    }

    [Fact]
    public void Every_metric_that_is_asked_for_is_on_the_meter() =>
        Queries().SelectMany(static query => Metric().Matches(query)).Select(static match => match.Groups[1].Value).Distinct().Except(Metrics.Keys).Should().BeEmpty();

    [Fact]
    public void Every_instrument_is_on_the_dashboard() =>
        MeasuredInstrument.All.Where(static one => !PanelQueries.SelectMany(static query => Metric().Matches(query)).Any(match => one.PrometheusNames().Contains(match.Groups[1].Value)))
            .Select(static one => one.Name).Should().BeEmpty();

    [Fact]
    public void Labels_and_their_values_are_those_that_the_metric_is_measured_with()
    {
        var wrong = new List<string>();
        foreach (var metric in Queries().SelectMany(static query => Metric().Matches(query)))
        {
            foreach (var (label, values) in Filter().Matches(metric.Groups[2].Value).Select(static one => (one.Groups[1].Value, one.Groups[2].Value.Split('|'))))
            {
                var known = AlwaysThere.Contains(label) || Metrics[metric.Groups[1].Value].Tags.Split(", ").Contains(label);
                if (!known || (Values.TryGetValue(label, out var possible) && values.Except(possible).Any()))
                {
                    wrong.Add(metric.Value);
                }
            }
        }

        wrong.Should().BeEmpty();
    }

    [Fact]
    public void What_is_grouped_by_or_shown_is_a_label_of_the_metric()
    {
        var wrong = PanelTargets().Concat(AlertQueries.Select(static query => (query, "")))
            .Where(static target => Grouping().Matches(target.query).SelectMany(static match => match.Groups[1].Value.Split(", "))
                .Concat(Shown().Matches(target.Item2).Select(static match => match.Groups[1].Value))
                .Except(AlwaysThere).Except(Metric().Matches(target.query).SelectMany(static match => Metrics[match.Groups[1].Value].Tags.Split(", "))).Any());

        wrong.Should().BeEmpty();
    }

    [Fact]
    public void Each_alert_has_a_name_of_its_own_a_severity_and_says_what_to_do()
    {
        var alerts = AlertHead().Split(Alerts)[1..];

        alerts.Should().HaveCountGreaterThan(10).And.HaveSameCount(AlertQueries);
        alerts.Select(static alert => alert.Split('\n')[0]).Should().OnlyHaveUniqueItems();
        alerts.Should().OnlyContain(static alert => Severity().IsMatch(alert) && Summary().IsMatch(alert) && Description().IsMatch(alert));
    }

    private static IEnumerable<string> Queries() => [.. PanelQueries, .. VariableQueries, .. AlertQueries];

    private static IEnumerable<JsonElement> Panels() => Dashboard.GetProperty("panels").EnumerateArray().Where(static panel => panel.TryGetProperty("targets", out _));

    private static IEnumerable<(string query, string Legend)> PanelTargets() => Panels().SelectMany(static panel => panel.GetProperty("targets").EnumerateArray())
        .Select(static target => (target.GetProperty("expr").GetString()!, target.GetProperty("legendFormat").GetString()!));

    [GeneratedRegex(@"^\s+expr: (.+)$", RegexOptions.Multiline)]
    private static partial Regex Expression();

    [GeneratedRegex(@"\b(smartcache_[a-z_]+)(\{[^}]*\})?")]
    private static partial Regex Metric();

    [GeneratedRegex("""(\w+)(?:=|!=|=~|!~)"([^"]*)""")]
    private static partial Regex Filter();

    [GeneratedRegex(@"\bby \(([^)]+)\)")]
    private static partial Regex Grouping();

    [GeneratedRegex(@"\{\{(\w+)\}\}")]
    private static partial Regex Shown();

    [GeneratedRegex(@"^\s+- alert: ", RegexOptions.Multiline)]
    private static partial Regex AlertHead();

    [GeneratedRegex(@"^\s+severity: (warning|critical)$", RegexOptions.Multiline)]
    private static partial Regex Severity();

    [GeneratedRegex("^\\s+summary: \".{20,}\"$", RegexOptions.Multiline)]
    private static partial Regex Summary();

    [GeneratedRegex("^\\s+description: \".{40,}\"$", RegexOptions.Multiline)]
    private static partial Regex Description();
}
