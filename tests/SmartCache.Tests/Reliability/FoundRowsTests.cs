using System.Reflection;
using System.Text.RegularExpressions;
using SmartCache.Tests.Support;

namespace SmartCache.Tests.Reliability;

/// <summary>Every kind of fault that was found before the first release has a test that bears its row's name, or a reason in docs/decisions.md.</summary>
public sealed partial class FoundRowsTests
{
    private const int LastRow = 42;

    private static readonly string[] LetteredRows = ["M27b", "M27c", "M27d"];

    private static readonly string[] GuardedLines = ["S6-preimage", "S6-flush", "S6-last-look", "S6-equal-rank", "S6-tolerance"];

    [Fact]
    public void Every_found_row_has_a_test_or_a_reason()
    {
        var tested = TestedRows();
        var reasoned = ReasonedRows();

        var missing = AllRows().Where(row => !tested.Contains(row) && !reasoned.Contains(row));

        missing.Should().BeEmpty("each row needs a test with [Trait(\"Found\", row)], or a line in the last table of docs/decisions.md");
    }

    [Fact]
    public void No_reason_stands_for_a_row_that_has_a_test()
    {
        ReasonedRows().Intersect(TestedRows()).Should().BeEmpty("a reason is for a row without a test");
    }

    [Fact]
    public void No_test_names_a_row_that_does_not_exist()
    {
        var rows = AllRows().ToHashSet(StringComparer.Ordinal);

        // A letter behind a row's name tells a sibling that was found beside its example.
        TestedRows().Concat(ReasonedRows()).Where(row => !rows.Contains(row) && !rows.Contains(row[..^1])).Should().BeEmpty();
    }

    private static IEnumerable<string> AllRows() =>
        Enumerable.Range(1, LastRow).Select(row => $"M{row}").Concat(LetteredRows).Concat(GuardedLines);

    private static HashSet<string> TestedRows()
    {
        var members = typeof(FoundRowsTests).Assembly.GetTypes()
            .SelectMany(type => type.GetMethods(BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static).Append<MemberInfo>(type));
        return members.SelectMany(CustomAttributeData.GetCustomAttributes)
            .Where(attribute => attribute.AttributeType == typeof(TraitAttribute) && attribute.ConstructorArguments[0].Value is "Found")
            .Select(attribute => (string)attribute.ConstructorArguments[1].Value!)
            .ToHashSet(StringComparer.Ordinal);
    }

    private static HashSet<string> ReasonedRows() =>
        ReasonRow().Matches(File.ReadAllText(Path.Combine(Snapshot.Repository, "docs", "decisions.md"))).Select(match => match.Groups[1].Value).ToHashSet(StringComparer.Ordinal);

    [GeneratedRegex(@"^\| (M\d+[a-z]?|S6-[a-z-]+) \|", RegexOptions.Multiline)]
    private static partial Regex ReasonRow();
}
