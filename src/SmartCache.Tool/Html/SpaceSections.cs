using SmartCache.Tool.Output;
using SmartCache.Tool.Views;

namespace SmartCache.Tool.Html;

/// <summary>What the layers take and took, what went, and what of it had to be made again.</summary>
internal static class SpaceSections
{
    /// <summary>Below this share of the limit a line for it would press the columns flat.</summary>
    private const double WorthALine = 0.25;

    public static void AddTo(Markup page, ChartNames names, ReportView report)
    {
        page.Add($"<h2>Space, evictions and regret</h2>");
        if (report.Timeline is { } timeline)
        {
            AddCharts(page, names, report, timeline);
        }

        page.Add($"<div class=\"pair\"><div>");
        AddLayers(page, report);
        page.Add($"</div><div>");
        AddGone(page, report);
        page.Add($"</div></div>");
    }

    private static void AddCharts(Markup page, ChartNames names, ReportView report, TimelineView timeline)
    {
        var times = new TimeTexts(timeline);
        page.Add($"<p class=\"note\">By {times.Step}. What the layers took is reckoned back from what lies there now. Regret: an entry that a limit or its age had taken was made again.</p><div class=\"charts\">");
        AddUse(page, names, report, timeline, times);
        AddCounts(page, names, times, "Entries that went", report.Evictions, [.. timeline.Steps.Select(static step => step.Layers.Sum(static layer => layer.Evicted))]);
        AddCounts(page, names, times, "Made again (regret)", report.Regrets, [.. timeline.Steps.Select(static step => step.Layers.Sum(static layer => layer.MadeAgain))]);
        page.Add($"</div>");
        Tables.AddFolded(
            page, "Use, evictions and regret as a table", $"At the end of each {times.Step}, and in it (UTC)", [times.Step, "#sources", "#profiles", "#went", "#made again"],
            timeline.Steps.Select((step, i) => Tables.Row(
                times.Row(i), Figures.Bytes(step.Layers[0].Bytes), Figures.Bytes(step.Layers[1].Bytes),
                Figures.Count(step.Layers.Sum(static layer => layer.Evicted)), Figures.Count(step.Layers.Sum(static layer => layer.MadeAgain)))));
    }

    private static void AddUse(Markup page, ChartNames names, ReportView report, TimelineView timeline, TimeTexts times)
    {
        var columns = timeline.Steps.Select(static step => (IReadOnlyList<double>)[step.Layers[1].Bytes ?? 0, step.Layers[0].Bytes ?? 0]).ToList();
        var highest = columns.Max(static column => column.Sum());
        var mark = report.Space?.LimitBytes is { } limit && highest >= limit * WorthALine ? (limit, $"MaxSize {Figures.Bytes(limit)}") : ((double, string)?)null;
        var now = timeline.Steps[^1].Layers;
        new ColumnChart(
            "Use", "",
            $"Bytes of profiles, at the bottom, and of sources at the end of each {times.Step}. The most together {Figures.Bytes((long)highest)}; the last {Figures.Bytes(now[1].Bytes)} of profiles and {Figures.Bytes(now[0].Bytes)} of sources.")
        {
            Columns = columns,
            Colours = [1, 0],
            Scale = Scale.OfBytes(Math.Max(highest, mark?.Item1 * 1.15 ?? 0)),
            Mark = mark,
            Key = [(1, $"profiles {Figures.Bytes(now[1].Bytes)}"), (0, $"sources {Figures.Bytes(now[0].Bytes)}")],
        }.AddTo(page, names, times);
    }

    private static void AddCounts(Markup page, ChartNames names, TimeTexts times, string title, IReadOnlyList<GoneView> gone, IReadOnlyList<int> counts) =>
        new ColumnChart(
            title, $"{Figures.Count(gone.Sum(static one => one.Entries))}, {Figures.Bytes(gone.Sum(static one => one.Bytes))}",
            $"{title} by {times.Step}: the most {Figures.Count(counts.Max())} in one {times.Step}. The table below has each.")
        {
            Columns = [.. counts.Select(static count => count > 0 ? (IReadOnlyList<double>)[count] : null)],
            Colours = [3],
            Scale = Scale.OfCounts(counts.Max()),
        }.AddTo(page, names, times);

    private static void AddLayers(Markup page, ReportView report)
    {
        if (report.Layers.Count == 0)
        {
            page.Add($"<p>What the layers take could not be read.</p>");
            return;
        }

        Tables.Add(
            page, "The layers now", ["layer", "#entries", "#bytes", "#disk free", "~longest unused since"],
            report.Layers.Select(static layer => layer.Failure is not null
                ? Tables.Row(layer.Layer, "not readable", "–", "–", "–")
                : layer.IsPresent
                ? Tables.Row(
                    layer.Layer, Figures.Count(layer.Entries), layer.Layer == "uploads" ? "–" : Figures.Bytes(layer.Bytes), Figures.Bytes(layer.AvailableBytes),
                    layer.OldestUse is null ? "–" : Figures.When(layer.OldestUse)[..16])
                : Tables.Row(layer.Layer, "not there", "–", "–", "–")));
    }

    private static void AddGone(Markup page, ReportView report)
    {
        if (report.Timeline is null)
        {
            return;
        }

        if (report.Evictions.Count == 0)
        {
            page.Add($"<p>No limit and no age took an entry within the history.</p>");
            return;
        }

        var again = report.Regrets.ToDictionary(static gone => (gone.Layer, gone.Limit));
        Tables.Add(
            page, "What went, for which limit, and what of it was made again", ["layer, limit", "#went", "#bytes", "#made again", "#work again"],
            report.Evictions.Select(gone => (Gone: gone, Again: again.GetValueOrDefault((gone.Layer, gone.Limit)))).Select(static row => Tables.Row(
                $"{row.Gone.Layer}, {row.Gone.Limit}", Figures.Count(row.Gone.Entries), Figures.Bytes(row.Gone.Bytes), Figures.Count(row.Again?.Entries ?? 0), Figures.Seconds(row.Again?.CostSeconds ?? 0))));
    }
}
