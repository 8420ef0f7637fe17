using System.Text;

namespace SmartCache.Tool.Html;

/// <summary>
/// Columns over time, one for each step, of one or more values on top of each other. As wide as a telephone: wider screens show several side by side, so that a text is as large
/// everywhere.
/// </summary>
internal sealed record ColumnChart(string Title, string Summary, string Description)
{
    private const double Width = 340, Height = 168, Left = 52, Right = 334, Top = 12, Bottom = 140;

    /// <summary>By step, from the bottom to the top; <see langword="null"/> where there is nothing to say.</summary>
    public required IReadOnlyList<IReadOnlyList<double>?> Columns { get; init; }

    /// <summary>The colour of each value of a column.</summary>
    public required IReadOnlyList<int> Colours { get; init; }

    public required Scale Scale { get; init; }

    /// <summary>A line across with a name, where it is there.</summary>
    public (double Value, string Name)? Mark { get; init; }

    /// <summary>What each colour stands for, in place of the summary.</summary>
    public IReadOnlyList<(int Colour, string Name)> Key { get; init; } = [];

    public void AddTo(Markup page, ChartNames names, TimeTexts times)
    {
        var id = names.Next();
        page.Add($"<figure><figcaption><b>{Title}</b>");
        foreach (var (colour, name) in Key)
        {
            page.Add($"<span><svg class=\"key\" viewBox=\"0 0 11 11\" aria-hidden=\"true\"><rect class=\"f{colour}\" width=\"11\" height=\"11\" rx=\"2\"/></svg>{name}</span>");
        }

        page.Add($"<span>{Summary}</span></figcaption>");
        page.Add($"<svg viewBox=\"0 0 {Width} {Height}\" role=\"img\" aria-labelledby=\"{id}t\" aria-describedby=\"{id}d\"><title id=\"{id}t\">{Title}{(Summary.Length > 0 ? ": " : "")}{Summary}</title><desc id=\"{id}d\">{Description}</desc>");
        foreach (var (value, label) in Scale.Ticks)
        {
            page.Add($"<path class=\"grid\" d=\"M{Left} {Y(value)}H{Right}\"/><text x=\"{Left - 6.0}\" y=\"{Y(value) + 4}\" text-anchor=\"end\">{label}</text>");
        }

        for (var series = 0; series < Colours.Count; series++)
        {
            page.Add($"<path class=\"f{Colours[series]}\" d=\"{Path(series)}\"/>");
        }

        AddMark(page);
        AddTimes(page, times);
        page.Add($"</svg></figure>");
    }

    private void AddMark(Markup page)
    {
        if (Mark is { } mark)
        {
            page.Add($"<path class=\"mark\" d=\"M{Left} {Y(mark.Value)}H{Right}\"/><text class=\"strong\" x=\"{Left + 4.0}\" y=\"{Y(mark.Value) - 4}\">{mark.Name}</text>");
        }
    }

    private void AddTimes(Markup page, TimeTexts times)
    {
        var last = Columns.Count - 1;
        var y = Bottom + 18.0;
        if (last < 2)
        {
            page.Add($"<text x=\"{(Left + Right) / 2}\" y=\"{y}\" text-anchor=\"middle\">{times.Axis(0)}{(last > 0 ? " and " + times.Axis(last) : "")}</text>");
            return;
        }

        page.Add($"<text x=\"{Left}\" y=\"{y}\">{times.Axis(0)}</text>");
        page.Add($"<text x=\"{Right}\" y=\"{y}\" text-anchor=\"end\">{times.Axis(last)}</text>");
        if (last >= 8)
        {
            page.Add($"<text x=\"{(Left + Right) / 2}\" y=\"{y}\" text-anchor=\"middle\">{times.Axis(Columns.Count / 2)}</text>");
        }
    }

    // One path for all columns of a colour: a page with many charts stays small.
    private string Path(int series)
    {
        var path = new StringBuilder();
        var step = (Right - Left) / Columns.Count;
        var width = Math.Min(48, step > 3 ? step - 1 : step);
        for (var i = 0; i < Columns.Count; i++)
        {
            if (Columns[i] is not { } values)
            {
                continue;
            }

            var below = values.Take(series).Sum();
            var (from, to) = (Y(below), Y(below + values[series]));

            // Nothing of something is seen too.
            to = Math.Min(to, series == 0 ? from - 1 : from);
            var x = Left + (step * i) + ((step - width) / 2);
            path.Append(System.Globalization.CultureInfo.InvariantCulture, $"M{x:0.#} {from:0.#}h{width:0.#}V{to:0.#}h{-width:0.#}z");
        }

        return path.ToString();
    }

    private double Y(double value) => Bottom - ((Bottom - Top) * Math.Min(1, value / Scale.Top));
}
