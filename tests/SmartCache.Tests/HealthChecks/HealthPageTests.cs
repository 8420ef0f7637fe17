using System.Globalization;
using System.Text.RegularExpressions;
using SmartCache.HealthChecks;
using SmartCache.Tests.Support;

namespace SmartCache.Tests.HealthChecks;

/// <summary>The package's README has the findings and thresholds that the code has.</summary>
public partial class HealthPageTests
{
    private static readonly string Folder = Path.Combine(Snapshot.Repository, "src", "SmartCache.HealthChecks");
    private static readonly string Page = File.ReadAllText(Path.Combine(Folder, "README.md"));

    [Fact]
    public void Findings_of_the_page_are_those_of_the_rules() =>
        FindingRow().Matches(Page).SelectMany(static row => Name().Matches(row.Groups[1].Value)).Select(static name => name.Groups[1].Value).Distinct().Should().BeEquivalentTo(
            Code().Matches(File.ReadAllText(Path.Combine(Folder, "HealthRules.cs"))).Select(static code => code.Groups[1].Value).Distinct());

    [Fact]
    public void Thresholds_of_the_page_are_those_of_the_options_with_their_defaults()
    {
        var defaults = new SmartCacheHealthOptions();

        OptionRow().Matches(Page).Select(static row => $"{row.Groups[1].Value} {row.Groups[2].Value}").Should().BeEquivalentTo(
            typeof(SmartCacheHealthOptions).GetProperties().Select(property => $"{property.Name} {Text(property.GetValue(defaults)!)}"));
    }

    [Fact]
    public void Figures_of_the_page_are_those_of_the_data() =>
        Figure().Matches(Page[Page.IndexOf("## The figures", StringComparison.Ordinal)..]).Select(static name => name.Groups[1].Value).Should().BeEquivalentTo(
            FigureInCode().Matches(File.ReadAllText(Path.Combine(Folder, "HealthFigures.cs"))).Select(static name => name.Groups[1].Value));

    private static string Text(object value) => value is TimeSpan time ? $"{time.TotalHours} hour" : Convert.ToString(value, CultureInfo.InvariantCulture)!;

    [GeneratedRegex(@"^\| (`[a-z-]+`(?:, `[a-z-]+`)*) \| (?:Unhealthy|Degraded) \|", RegexOptions.Multiline)]
    private static partial Regex FindingRow();

    [GeneratedRegex("`([^`]+)`")]
    private static partial Regex Name();

    [GeneratedRegex("(?:HealthStatus\\.\\w+, |Degraded\\(|Lack\\()\"([a-z-]+)\"")]
    private static partial Regex Code();

    [GeneratedRegex(@"^\| `(\w+)` \| ([^|]+) \| [^|]+ \|$", RegexOptions.Multiline)]
    private static partial Regex OptionRow();

    [GeneratedRegex("`…?_?([a-z]+(?:_[a-z]+)*)`")]
    private static partial Regex Figure();

    [GeneratedRegex("\"_?([a-z]+(?:_[a-z]+)*)\"\\]? ?[,=]")]
    private static partial Regex FigureInCode();
}
