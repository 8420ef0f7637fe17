using System.Globalization;
using System.Text.RegularExpressions;

namespace SmartCache.Tests.Runbook;

/// <summary>
/// Turns what the tool printed into what the page shows: the same on each machine and at each time. Paths, times, the process and what a disk has left are replaced, and the
/// columns of tables are laid out again around what came instead.
/// </summary>
internal sealed partial class PageText
{
    public const string Cache = "/var/cache/encoder";
    public const string Home = "/srv/encoder";

    private static readonly DateTime _night = new(2026, 12, 1, 2, 14, 0, DateTimeKind.Utc);
    private readonly List<(string Path, string Shown)> _paths = [];
    private readonly DateTime _now = DateTime.UtcNow;

    /// <summary>Has a path stand on the page as another one. What was said last goes first, so that it may lie below what was said before.</summary>
    public void Show(string path, string shown) => _paths.Insert(0, (path, shown));

    public string Real(string command) => _paths.Aggregate(command, static (text, path) => text.Replace(path.Shown, path.Path, StringComparison.Ordinal));

    public string Of(string output)
    {
        var lines = output.TrimEnd('\n').Split('\n');
        var shown = new List<string>();
        for (var i = 0; i < lines.Length; i++)
        {
            if (i + 1 < lines.Length && Rule().IsMatch(lines[i + 1]))
            {
                var rows = new[] { lines[i] }.Concat(lines.Skip(i + 2).TakeWhile(static line => line.Length > 0)).ToList();
                shown.AddRange(Table(rows));
                i += rows.Count;
            }
            else
            {
                shown.Add(Same(lines[i]).TrimEnd());
            }
        }

        return string.Join('\n', shown);
    }

    private string Same(string text)
    {
        text = _paths.Aggregate(text, static (changed, path) => changed.Replace(path.Path, path.Shown, StringComparison.Ordinal));
        text = Time().Replace(text, time => Moved(time.Value));
        text = Moment().Replace(text, "0.0 s");
        text = Left().Replace(text, "61.2 GB free");
        text = Inodes().Replace(text, "can take 57 more files");
        text = Disk().Replace(text, "the disk has 1.2 MB left");
        text = Taken().Replace(text, "$1 1.7 MB");
        text = Tree().Replace(text, "uploads 1c4bfed0a2eb30d7bf1d61b2963c720d099d54e1eeaae8f992ada213c310575a");
        text = Share().Replace(text, "(0.8 %)");
        text = Maker().Replace(text, "SmartCache/0.1.0");
        return Regex.Replace(text, $@"\b{Environment.ProcessId}\b", "4711");
    }

    // To the hour: a scenario takes moments.
    private string Moved(string text)
    {
        var ago = _now - DateTime.ParseExact(text, "yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture, DateTimeStyles.AdjustToUniversal | DateTimeStyles.AssumeUniversal);
        return (_night - TimeSpan.FromHours(Math.Round(ago.TotalHours))).ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture);
    }

    private List<string> Table(List<string> rows)
    {
        var starts = Columns(rows);
        var cells = rows.ConvertAll(row => starts.Index().Select(start => Cell(row, start.Item, start.Index + 1 < starts.Count ? starts[start.Index + 1] : row.Length)).ToArray());
        foreach (var column in cells[0].Index().Where(static heading => heading.Item is "disk free").Select(static heading => heading.Index))
        {
            cells.Skip(1).ToList().ForEach(row => row[column] = row[column] == "-" ? "-" : "61.2 GB");
        }

        // Of what a file system rounds up.
        foreach (var column in cells[0].Index().Where(heading => heading.Item is "bytes" && cells[0].Any(static other => other is "disk free" or "because of" or "limit")).Select(static heading => heading.Index))
        {
            cells.Skip(1).ToList().ForEach(row => row[column] = row[column] is "-" or "0 B" ? row[column] : "1.7 MB");
        }

        var widths = starts.Index().Select(start => cells.Max(row => row[start.Index].Length)).ToArray();
        var laid = cells.ConvertAll(row => ("  " + string.Join("   ", row.Select((cell, column) => cell.PadRight(widths[column])))).TrimEnd());
        laid.Insert(1, new string('─', widths.Sum() + (3 * (widths.Length - 1)) + 4));
        return laid;
    }

    // Where a column begins all rows have a gap of three before.
    private static List<int> Columns(List<string> rows)
    {
        var length = rows.Max(static row => row.Length);
        bool IsBlank(int at) => rows.TrueForAll(row => at >= row.Length || row[at] == ' ');
        return [2, .. Enumerable.Range(5, Math.Max(0, length - 5)).Where(at => !IsBlank(at) && IsBlank(at - 1) && IsBlank(at - 2) && IsBlank(at - 3) && Enumerable.Range(2, at - 2).Any(before => !IsBlank(before)))];
    }

    private string Cell(string row, int start, int end) => start >= row.Length ? "" : Same(row[start..Math.Min(end, row.Length)].Trim());

    [GeneratedRegex("^─+$")]
    private static partial Regex Rule();

    [GeneratedRegex(@"\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ")]
    private static partial Regex Time();

    [GeneratedRegex(@"\b0\.\d s\b")]
    private static partial Regex Moment();

    [GeneratedRegex(@"[\d.]+ \w?B free")]
    private static partial Regex Left();

    [GeneratedRegex(@"can take \d+ more files")]
    private static partial Regex Inodes();

    [GeneratedRegex(@"the disk has [\d.]+ \w?B left")]
    private static partial Regex Disk();

    // What the encoder of the tests writes differs from run to run, as that of many encoders does.
    [GeneratedRegex("^uploads [0-9a-f]{64}")]
    private static partial Regex Tree();

    [GeneratedRegex(@"\([\d.]+ %\)")]
    private static partial Regex Share();

    [GeneratedRegex(@"SmartCache/\S+")]
    private static partial Regex Maker();

    [GeneratedRegex(@"^(Used +|\d+ entries would go,) ?(?!0 B)[\d.]+ \w?B")]
    private static partial Regex Taken();
}
