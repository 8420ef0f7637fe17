using SmartCache.Tool.Output;
using SmartCache.Tool.Views;

namespace SmartCache.Tool.Html;

/// <summary>What was asked for: how often it was served, what that spared, and why the rest was not.</summary>
internal static class RequestSections
{
    public static void AddTo(Markup page, ChartNames names, ReportView report, TimelineView timeline)
    {
        if (report.Requests.All(static layer => layer.All.Requests == 0))
        {
            page.Add($"<h2>Requests</h2><p>Nothing was asked of the cache in the time of the history.</p>");
            return;
        }

        var times = new TimeTexts(timeline);
        AddRates(page, names, report, timeline, times);
        AddSpared(page, names, report, timeline, times);
        AddReasons(page, report.MissReasons);
    }

    private static void AddRates(Markup page, ChartNames names, ReportView report, TimelineView timeline, TimeTexts times)
    {
        page.Add($"<h2>Hit rate</h2><p class=\"note\">Share of the requests that were served, by {times.Step}. No column: nothing was asked for.</p><div class=\"charts\">");
        foreach (var (layer, sums) in report.Requests.Index())
        {
            var asked = sums.All.Requests - sums.All.Bypassed;
            var rates = timeline.Steps.Select(step => step.Layers[layer].All.HitRate).ToList();
            new ColumnChart(Titled(sums.Layer), $"{Figures.Percent(sums.All.HitRate)} of {Figures.Count(asked)}", Describe($"Hit rate of {sums.Layer} by {times.Step}", rates, Figures.Percent))
            {
                Columns = [.. rates.Select(static rate => rate is { } known ? (IReadOnlyList<double>)[known] : null)],
                Colours = [layer],
                Scale = Scale.Percent,
            }.AddTo(page, names, times);
        }

        page.Add($"</div>");
        Tables.AddFolded(
            page, "Hit rates as a table", $"Requests that were served, of those asked, by {times.Step} (UTC)", [Titled(times.Step), .. report.Requests.Select(static layer => "#" + layer.Layer)],
            timeline.Steps.Select((step, i) => Tables.Row([times.Row(i), .. step.Layers.Select(static layer => layer.All.HitRate is null ? "–" : $"{Figures.Percent(layer.All.HitRate)} of {Figures.Count(layer.All.Requests - layer.All.Bypassed)}")])));
    }

    private static void AddSpared(Markup page, ChartNames names, ReportView report, TimelineView timeline, TimeTexts times)
    {
        page.Add($"<h2>What it spared</h2><p class=\"note\">By {times.Step}. A retry is a request of a job that had asked for the same before, within the history. Work is the time that the worker’s own stage took when it was done.</p><div class=\"charts\">");
        var all = timeline.Steps.Select(static step => step.Layers.Sum(static layer => layer.All.SavedSeconds)).ToList();
        var retries = timeline.Steps.Select(static step => (double)step.Layers.Sum(static layer => layer.Retries.Served)).ToList();
        var moved = timeline.Steps.Select(static step => (double)step.Layers.Sum(static layer => layer.All.SavedBytes)).ToList();
        Single(page, names, times, "Stages of retries spared", Figures.Count((long)retries.Sum()), Scale.OfCounts(retries.Max()), retries, static value => Figures.Count((long)value));
        Single(page, names, times, "Work spared", Figures.Seconds(report.Requests.Sum(static layer => layer.All.SavedSeconds)), Scale.OfSeconds(all.Max()), all, static value => Figures.Seconds(value));
        Single(page, names, times, "Bytes not moved again", Figures.Bytes(report.Requests.Sum(static layer => layer.All.SavedBytes)), Scale.OfBytes(moved.Max()), moved, static value => Figures.Bytes((long)value));
        page.Add($"</div>");
        Tables.AddFolded(
            page, "What it spared as a table", $"By {times.Step} (UTC)", [Titled(times.Step), "#stages of retries", "#work", "#bytes"],
            timeline.Steps.Select((_, i) => Tables.Row(times.Row(i), Figures.Count((long)retries[i]), Figures.Seconds(all[i]), Figures.Bytes((long)moved[i]))));
    }

    private static void AddReasons(Markup page, IReadOnlyList<MissReasonView> reasons)
    {
        page.Add($"<h2>Why requests were not served</h2>");
        if (reasons.Count == 0)
        {
            page.Add($"<p>Every request was served.</p>");
            return;
        }

        var byReason = reasons.GroupBy(static reason => reason.Reason).OrderByDescending(static reason => reason.Sum(static layer => layer.Requests)).ToList();
        var most = byReason[0].Sum(static layer => layer.Requests);
        page.Add($"<ul class=\"reasons\">");
        foreach (var reason in byReason)
        {
            AddReason(page, [.. reason], most);
        }

        page.Add($"</ul>");
    }

    private static void AddReason(Markup page, List<MissReasonView> layers, int most)
    {
        var (first, all) = (layers[0], layers.Sum(static layer => layer.Requests));
        page.Add($"<li><div><b>{first.Reason.ToString()}</b></div><div>{Figures.Count(all)} {(all == 1 ? "request" : "requests")}");
        page.Add($"<svg viewBox=\"0 0 200 8\" preserveAspectRatio=\"none\" aria-hidden=\"true\"><rect class=\"track\" width=\"200\" height=\"8\"/>");
        var from = 0.0;
        foreach (var layer in layers)
        {
            var width = 200.0 * layer.Requests / most;
            page.Add($"<rect class=\"f{LayerColour(layer.Layer)}\" x=\"{from}\" width=\"{width}\" height=\"8\"/>");
            from += width;
        }

        page.Add($"</svg><div class=\"muted\">{string.Join(", ", layers.Select(static layer => $"{layer.Layer} {Figures.Count(layer.Requests)}"))}</div></div>");
        page.Add($"<div>{Sentence(first.Meaning)} <span class=\"muted\">{Sentence(first.WhatToDo)}</span></div></li>");
    }

    private static void Single(
        Markup page, ChartNames names, TimeTexts times, string title, string summary, Scale scale, IReadOnlyList<double> values, Func<double, string> format) =>
        new ColumnChart(title, summary, Describe($"{title} by {times.Step}", [.. values.Select(static value => (double?)value)], value => format(value ?? 0)))
        {
            Columns = [.. values.Select(static value => value > 0 ? (IReadOnlyList<double>)[value] : null)],
            Colours = [3],
            Scale = scale,
        }.AddTo(page, names, times);

    private static string Describe(string what, List<double?> values, Func<double?, string> format)
    {
        var known = values.OfType<double>().ToList();
        return known.Count == 0
            ? $"{what}: nothing was asked for."
            : $"{what}, {Figures.Count(values.Count)} columns: the lowest {format(known.Min())}, the highest {format(known.Max())}, the last {format(known[^1])}. The table below has each.";
    }

    private static int LayerColour(string layer) => layer switch { "sources" => 0, "profiles" => 1, _ => 2 };

    private static string Titled(string text) => char.ToUpperInvariant(text[0]) + text[1..];

    private static string Sentence(string text) => text.Length == 0 ? "" : Titled(text) + (text[^1] is '.' or '?' ? "" : ".");
}
