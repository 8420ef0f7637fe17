using Spectre.Console;

namespace SmartCache.Tool.Output;

/// <summary>
/// A table as lines of text, nothing folded: for a pipe, a file, and lists so long that nobody sees their edges. Spectre measures each cell letter by letter and several times,
/// which is 0.2 ms for each row.
/// </summary>
internal static class PlainTable
{
    private const string Between = "   ";

    public static IEnumerable<string> Lines(string[] headings, IReadOnlyList<string[]> rows)
    {
        var widths = headings.Select((heading, column) => rows.Select(row => Width(row[column])).Append(Width(heading)).Max()).ToArray();
        yield return "";
        yield return Line(headings, widths);
        yield return new string('─', widths.Sum() + (Between.Length * (widths.Length - 1)) + 4);
        foreach (var row in rows)
        {
            yield return Line(row, widths);
        }

        yield return "";
    }

    private static string Line(string[] cells, int[] widths) =>
        "  " + string.Join(Between, cells.Select((cell, column) => cell + new string(' ', widths[column] - Width(cell)))).TrimEnd();

    // Letters of some scripts are two columns wide.
    private static int Width(string text) => text.AsSpan().ContainsAnyExceptInRange(' ', '~') ? text.GetCellWidth() : text.Length;
}
