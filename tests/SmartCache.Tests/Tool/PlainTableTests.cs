using SmartCache.Tool.Output;

namespace SmartCache.Tests.Tool;

/// <summary>A table without edges: for a pipe, and for very many rows.</summary>
public class PlainTableTests
{
    [Fact]
    public void Columns_begin_below_one_another_also_behind_letters_of_two_columns() =>
        PlainTable.Lines(["job", "state"], [["視頻", "ended"], ["job-1", ""]]).Should().Equal(
            "",
            "  job     state",
            "─────────────────",
            "  視頻    ended",
            "  job-1",
            "");
}
