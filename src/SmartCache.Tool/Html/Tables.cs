using SmartCache.Tool.Output;
using SmartCache.Tool.Views;

namespace SmartCache.Tool.Html;

/// <summary>Tables, and what stands in their cells.</summary>
internal static class Tables
{
    /// <summary>A name from outside may be long; JSON has the whole.</summary>
    private const int MostSigns = 100;

    /// <summary>Adds a table whose first column names its rows.</summary>
    /// <param name="page">Where to.</param>
    /// <param name="caption">What it shows.</param>
    /// <param name="columns">The headings. One that begins with <c>#</c> is of numbers, one with <c>~</c> is left out on a narrow screen.</param>
    /// <param name="rows">A cell for each column.</param>
    public static void Add(Markup page, string caption, IReadOnlyList<string> columns, IEnumerable<IReadOnlyList<Markup>> rows)
    {
        page.Add($"<table><caption>{caption}</caption><thead><tr>");
        foreach (var column in columns)
        {
            page.Add($"<th scope=\"col\" class=\"{ClassOf(column)}\">{column.TrimStart('#', '~')}</th>");
        }

        page.Add($"</tr></thead><tbody>");
        foreach (var row in rows)
        {
            page.Add($"<tr><th scope=\"row\">{row[0]}</th>");
            for (var i = 1; i < row.Count; i++)
            {
                page.Add($"<td class=\"{ClassOf(columns[i])}\">{row[i]}</td>");
            }

            page.Add($"</tr>");
        }

        page.Add($"</tbody></table>");
    }

    /// <summary>The same, closed until somebody asks for it.</summary>
    public static void AddFolded(Markup page, string summary, string caption, IReadOnlyList<string> columns, IEnumerable<IReadOnlyList<Markup>> rows)
    {
        page.Add($"<details><summary>{summary}</summary>");
        Add(page, caption, columns, rows);
        page.Add($"</details>");
    }

    public static IReadOnlyList<Markup> Row(params IEnumerable<string> cells) => [.. cells.Select(Text)];

    public static Markup Text(string text)
    {
        var cell = new Markup();
        cell.AppendText(text.Length > MostSigns ? text[..MostSigns] + "…" : text);
        return cell;
    }

    /// <summary>The beginning of an entry's name, which <c>show</c> takes, and where there is one, its profile.</summary>
    public static Markup Entry(EntryView entry)
    {
        var cell = new Markup();
        cell.AppendConstant("<code>");
        foreach (var (i, half) in EntryKey.Short(entry.Key).Split('_').Index())
        {
            // A name breaks between its halves.
            cell.AppendConstant(i == 0 ? "" : "_<wbr>");
            cell.AppendText(half);
        }

        cell.AppendConstant("</code> ");
        cell.Add($"<span class=\"muted\">{Text(entry.Profile ?? entry.Layer)}</span>");
        return cell;
    }

    private static string ClassOf(string column) => column[0] switch
    {
        '#' => "n",
        '~' => column[1] == '#' ? "n wide" : "wide",
        _ => "",
    };
}
