using System.Globalization;
using System.Text;
using SmartCache.Tests.Support;

namespace SmartCache.Tests.Architecture;

/// <summary>The order of the folders of <c>src/SmartCache</c>, which docs/architecture.md shows: a type may use what lies further down, and nothing above it.</summary>
public class FolderOrderTests
{
    private const string Document = "docs/architecture.md";
    private const string Begin = "<!-- arrows: begin -->";
    private const string End = "<!-- arrows: end -->";

    /// <summary>From top to bottom; folders of one row do not know each other. The empty name is <c>src/SmartCache</c> itself.</summary>
    private static readonly string[][] _order =
    [
        ["Hosting"],
        ["Decorators"],
        [""],
        ["Prefetch", "Pool"],
        ["Inspection", "Simulation"],
        ["Maintenance"],
        ["Sources", "Profiles", "Uploads"],
        ["Remote"],
        ["Jobs"],
        ["History"],
        ["Layers"],
        ["Space"],
        ["Eviction"],
        ["Configuration"],
        ["Diagnostics"],
        ["Storage"],
        ["Storage/Platform"],
        ["Abstractions"],
    ];

    private static readonly IReadOnlyList<(string From, string To, string Example)> _arrows = FolderArrows.Of(AsBuilt(typeof(CacheManager).Assembly.GetName().Name!));

    [Fact]
    public void Every_folder_uses_only_what_lies_below_it() => Upward(_order).Should().BeEmpty();

    [Fact]
    public void Every_folder_has_its_place() =>
        _arrows.SelectMany(static arrow => new[] { arrow.From, arrow.To }).Distinct().Should().BeSubsetOf(_order.SelectMany(static row => row)).And.HaveCount(_order.Sum(static row => row.Length));

    [Fact]
    public void Arrow_that_points_up_is_told() =>
        Upward([["Storage/Platform"], .. _order.Where(static row => row is not ["Storage/Platform"])]).Should().Contain(static told => told.StartsWith("Storage -> Storage/Platform", StringComparison.Ordinal));

    [Fact]
    public void Picture_in_the_documentation_shows_the_order_and_its_arrows()
    {
        var text = File.ReadAllText(Path.Combine(Snapshot.Repository, Document));
        var (begin, end) = (text.IndexOf(Begin, StringComparison.Ordinal) + Begin.Length, text.IndexOf(End, StringComparison.Ordinal));

        Snapshot.Check((text[..begin] + Picture() + text[end..]).TrimEnd('\n').Split('\n'), Document);
    }

    // An arrow that goes through another folder anyway is left out.
    private static string Picture()
    {
        static string Id(string folder) => folder.Length == 0 ? "Root" : folder.Replace("/", "", StringComparison.Ordinal);
        static string Label(string folder) => folder.Length == 0 ? "(root)" : folder;
        var picture = new StringBuilder("\n```mermaid\nflowchart TD\n");
        foreach (var folder in _order.SelectMany(static row => row))
        {
            picture.Append(CultureInfo.InvariantCulture, $"    {Id(folder)}[\"{Label(folder)}\"]\n");
        }

        foreach (var folder in _order.SelectMany(static row => row))
        {
            var used = Used(folder);
            foreach (var direct in used.Except(used.SelectMany(Used)).Order(StringComparer.Ordinal))
            {
                picture.Append(CultureInfo.InvariantCulture, $"    {Id(folder)} --> {Id(direct)}\n");
            }
        }

        return picture.Append("```\n").ToString();
    }

    // Not the one beside the tests: where coverage is collected that one is rewritten, and its symbols with it.
    private static string AsBuilt(string assembly)
    {
        var tests = new DirectoryInfo(AppContext.BaseDirectory.TrimEnd(Path.DirectorySeparatorChar));
        return Path.Combine(Snapshot.Repository, "src", assembly, "bin", tests.Parent!.Name, tests.Name, assembly + ".dll");
    }

    private static List<string> Used(string folder) => [.. _arrows.Where(arrow => arrow.From == folder).Select(static arrow => arrow.To)];

    private static IEnumerable<string> Upward(string[][] order)
    {
        int Row(string folder) => Array.FindIndex(order, row => row.Contains(folder));
        return from arrow in _arrows
               where Row(arrow.From) >= Row(arrow.To)
               select $"{arrow.From} -> {arrow.To}: {arrow.Example}";
    }
}
