using System.Text.Json.Serialization.Metadata;
using System.Text.RegularExpressions;
using SmartCache.Tests.Support;
using SmartCache.Tool.Output;
using SmartCache.Tool.Views;

namespace SmartCache.Tests.Tool;

/// <summary>The tool's README has the names that its JSON has.</summary>
public partial class ToolPageTests
{
    private const string OfTheBucket = "StoreChecks.cs";
    private static readonly string Folder = Path.Combine(Snapshot.Repository, "src", "SmartCache.Tool");
    private static readonly string Page = File.ReadAllText(Path.Combine(Folder, "README.md"));

    public static TheoryData<string, Type> Views => new()
    {
        { "stats", typeof(StatsView) },
        { "ls", typeof(EntryView) },
        { "jobs", typeof(JobView) },
        { "job", typeof(JobDetailView) },
        { "why KEY", typeof(WhyView) },
        { "why JOB", typeof(WhyJobView) },
        { "why URL", typeof(WhySourceView) },
        { "why --profile", typeof(WhyProfileView) },
        { "rm", typeof(RemovalView) },
        { "doctor", typeof(DoctorView) },
        { "verify", typeof(VerifyView) },
        { "evict", typeof(EvictionView) },
        { "explain-settings", typeof(SettingsView) },
        { "adopt", typeof(AdoptView) },
        { "report", typeof(ReportView) },
        { "history export", typeof(HistoryEventView) },
    };

    [Theory]
    [MemberData(nameof(Views))]
    public void Properties_of_the_json_are_those_of_the_page(string command, Type view)
    {
        var row = Page[Page.IndexOf("## JSON", StringComparison.Ordinal)..].Split('\n').Single(line => line.StartsWith($"| `{command}` |", StringComparison.Ordinal));

        // Not those of what another row describes.
        Type[] elsewhere = command switch
        {
            "job" => [typeof(JobView)],
            "why JOB" => [typeof(WhyView), typeof(WhyRequestView)],
            "why URL" or "why --profile" => [typeof(WhyView)],
            "stats" => [typeof(RemoteRestView)],
            "report" =>
            [
                typeof(HistorySpanView), typeof(LayerView), typeof(SpaceView), typeof(RequestsView), typeof(RequestFiguresView), typeof(MissReasonView), typeof(GoneView), typeof(EntryView),
                typeof(JobView), typeof(RemoteTierView),
            ],
            _ => [],
        };
        Name().Matches(row[$"| `{command}` |".Length..]).Select(static name => name.Groups[1].Value).Distinct().Should().BeEquivalentTo(PropertiesOf(view, elsewhere).Distinct());
    }

    [Fact]
    public void Fates_and_findings_of_the_page_are_those_of_the_code()
    {
        RowsBelow("## What became of it").Should().BeEquivalentTo(Enum.GetNames<Fate>());
        RowsBelow("## What the doctor finds").Should().BeEquivalentTo(
            Directory.GetFiles(Path.Combine(Folder, "Doctor")).Where(static file => Path.GetFileName(file) != OfTheBucket).SelectMany(static file => Code().Matches(File.ReadAllText(file))).Select(static code => code.Groups[1].Value).Distinct());
    }

    [Fact]
    public void Findings_of_the_bucket_on_the_page_are_those_of_the_code()
    {
        var codes = BucketCode().Matches(File.ReadAllText(Path.Combine(Folder, "Doctor", OfTheBucket))).Select(static code => code.Groups[1].Value).Distinct().ToList();

        codes.Should().Contain(["store-clock", "store-full", "no-expiry"], "the pattern finds each way in which one is written");
        RowsBelow("## The bucket").Where(static name => name.Contains('-')).Should().BeEquivalentTo(codes);
    }

    private static IEnumerable<string> RowsBelow(string heading) => Page[Page.IndexOf(heading, StringComparison.Ordinal)..].Split('\n')
        .Skip(1).TakeWhile(static line => !line.StartsWith("## ", StringComparison.Ordinal)).Where(static line => line.StartsWith("| `", StringComparison.Ordinal))
        .Select(static line => line.Split('|')[1]).Where(static cell => cell != " `fate` ").SelectMany(static cell => Name().Matches(cell)).Select(static name => name.Groups[1].Value);

    private static IEnumerable<string> PropertiesOf(Type type, Type[] elsewhere)
    {
        var known = ToolJson.Default.GetTypeInfo(type) ?? ToolJsonLines.Default.GetTypeInfo(type)!;
        var element = known.Kind == JsonTypeInfoKind.Enumerable ? known.ElementType! : type;
        if (elsewhere.Contains(element))
        {
            return [];
        }

        return known.Kind switch
        {
            JsonTypeInfoKind.Enumerable => PropertiesOf(element, elsewhere),
            JsonTypeInfoKind.Object => known.Properties.Where(static property => property.Get is not null).SelectMany(property => PropertiesOf(property.PropertyType, elsewhere).Prepend(property.Name)),
            _ => [],
        };
    }

    [GeneratedRegex("`([A-Za-z-]+)`")]
    private static partial Regex Name();

    [GeneratedRegex("(?:\\(| = )\"([a-z]+-[a-z-]+)\"[,;]")]
    private static partial Regex BucketCode();

    [GeneratedRegex("(?:\\bAdd\\(\\s*|Count\\(InspectedEntryState\\.\\w+, )\"([a-z-]+)\"")]
    private static partial Regex Code();
}
