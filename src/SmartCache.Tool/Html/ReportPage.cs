using System.Globalization;
using SmartCache.Tool.Output;
using SmartCache.Tool.Views;

namespace SmartCache.Tool.Html;

/// <summary>The report as one page that loads nothing and runs nothing.</summary>
internal sealed class ReportPage(ReportView report)
{
    private readonly Markup _page = new();
    private readonly ChartNames _names = new();

    public static string Of(ReportView report) => new ReportPage(report).Write();

    private string Write()
    {
        _page.Add($"<!DOCTYPE html>");
        _page.Add($"<html lang=\"en\"><head><meta charset=\"utf-8\"><meta http-equiv=\"Content-Security-Policy\" content=\"{PageStyle.Policy}\">");
        _page.Add($"<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><meta name=\"generator\" content=\"smartcache {report.ToolVersion}\">");
        _page.Add($"<meta name=\"referrer\" content=\"no-referrer\"><link rel=\"icon\" href=\"data:,\"><title>SmartCache report: {report.Directory}</title>");
        _page.AppendConstant($"<style>{PageStyle.Css}</style></head><body><main>\n");
        AddHeader();
        AddProblems();
        if (report.Timeline is { } timeline)
        {
            RequestSections.AddTo(_page, _names, report, timeline);
        }
        else
        {
            _page.Add($"<h2>Requests</h2><p>No history is kept here (<code>Cache:History</code>), or nothing has happened yet. So nothing is known of requests, of what was spared, and of what went.</p>");
        }

        SpaceSections.AddTo(_page, _names, report);
        RemoteSection.AddTo(_page, report);
        WhatIfSection.AddTo(_page, _names, report);
        EntrySections.AddTo(_page, report);
        _page.Add($"</main>");
        AddFooter();
        _page.Add($"</body></html>");
        return _page.ToString();
    }

    private void AddHeader()
    {
        _page.Add($"<header><h1>SmartCache report</h1><p class=\"muted\"><code>{report.Directory}</code></p><p class=\"muted\">{Period()}</p>");
        var all = report.Requests.Select(static layer => layer.All).ToList();
        var retries = report.Requests.Select(static layer => layer.Retries).ToList();
        var (asked, served) = (all.Sum(static layer => layer.Requests - layer.Bypassed), all.Sum(Served));
        if (asked > 0)
        {
            _page.Add($"<p class=\"lead\">Of {Figures.Count(asked)} requests {Figures.Count(served)} were served: {Figures.Seconds(all.Sum(static layer => layer.SavedSeconds))} of work were not done again, and {Figures.Bytes(all.Sum(static layer => layer.SavedBytes))} were not moved again.</p>");
        }

        _page.Add($"<dl class=\"tiles\">");
        Tile("Hit rate", asked > 0 ? Figures.Percent((double)served / asked) : "–", $"{Figures.Count(served)} of {Figures.Count(asked)}, all layers");
        Tile("Retries spared", Figures.Count(retries.Sum(Served)), $"of {Figures.Count(retries.Sum(static layer => layer.Requests - layer.Bypassed))} stages of retries");
        Tile("Work spared", Figures.Seconds(all.Sum(static layer => layer.SavedSeconds)), $"{Figures.Seconds(retries.Sum(static layer => layer.SavedSeconds))} of it in retries");
        Tile("Made again", Figures.Count(report.Regrets.Sum(static again => again.Entries)), $"of {Figures.Count(report.Evictions.Sum(static gone => gone.Entries))} entries that went; {Figures.Seconds(report.Regrets.Sum(static again => again.CostSeconds))} of work");
        Tile("Space", Figures.Bytes(report.Space?.UsedBytes), report.Space?.LimitBytes is { } limit ? $"of {Figures.Bytes(limit)}, {Figures.Percent(report.Space.UsedShare)}" : "limits are not known: give --settings");
        Tile("Faults", Figures.Count(report.History.Faults), report.History.Rests == 0 ? "no layer had to rest" : $"and {Figures.Count(report.History.Rests)} rests of a layer");
        _page.Add($"</dl></header>");
    }

    private void Tile(string name, string figure, string more) =>
        _page.Add($"<div><dt>{name}</dt><dd><div class=\"big\">{figure}</div><div class=\"small\">{more}</div></dd></div>");

    private void AddProblems()
    {
        if (report.Problems.Count == 0)
        {
            return;
        }

        _page.Add($"<div class=\"problems\"><p><b>Not everything could be read.</b> Run it as the worker’s user; <code>smartcache doctor</code> says more.</p>");
        foreach (var problem in report.Problems)
        {
            _page.Add($"<p>{problem}</p>");
        }

        _page.Add($"</div>");
    }

    private void AddFooter()
    {
        _page.Add($"<footer><p>Made {Minute(report.Generated)} UTC by smartcache {report.ToolVersion}. {Period()} All times are UTC. GB is 10⁹ bytes.</p>");
        _page.Add($"<p>The same figures for a script: <code>smartcache report --json</code>. What became of one entry: <code>smartcache why KEY</code>.</p></footer>");
    }

    private string Period() => report.History is { From: { } from, To: { } to }
        ? $"The history covers {Minute(from)} to {Minute(to)} UTC, {Figures.Count(report.History.Events)} {(report.History.Events == 1 ? "event" : "events")}."
        : "The history has no event.";

    private static int Served(RequestFiguresView figures) => figures.Served;

    private static string Minute(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture);
}
