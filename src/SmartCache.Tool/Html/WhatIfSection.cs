using SmartCache.Tool.Output;
using SmartCache.Tool.Views;

namespace SmartCache.Tool.Html;

/// <summary>What each policy and size would have done with the recorded history.</summary>
internal static class WhatIfSection
{
    private const double Alike = 0.01;

    public static void AddTo(Markup page, ChartNames names, ReportView report)
    {
        page.Add($"<h2>Other sizes and policies</h2>");
        if (report.Replay is not { } replay)
        {
            page.Add($"<p>The history has no request that could be replayed.</p>");
            return;
        }

        var answer = Answer(replay, report.Space?.LimitBytes);
        page.Add($"<p>{answer}</p><p class=\"note\">The {Figures.Count(replay.Requests)} recorded requests, replayed through each policy with the protection of unfinished jobs, from an empty cache, without an age limit. A real cache of the same size is a little worse. What was asked before the history begins is not known.</p>");
        page.Add($"<div class=\"pair\">");
        new PolicyChart(replay, report.Space?.LimitBytes).AddTo(page, names, answer + " The table beside has each size.");
        AddTable(page, replay);
        page.Add($"</div>");
    }

    private static void AddTable(Markup page, ReplayView replay)
    {
        page.Add($"<div>");
        Tables.Add(
            page, "Share of the work that would have been spared; the best of each size in bold", ["MaxSize", .. replay.Runs.Select(static run => "#" + run.Policy).Distinct()],
            replay.Runs.GroupBy(static run => run.SizeBytes).Select(static size =>
            {
                // As they are printed: what looks alike is alike.
                var best = Figures.Percent(size.Max(static run => run.SparedShare));
                return (IReadOnlyList<Markup>)[Tables.Text(Figures.Bytes(size.Key)), .. size.Select(run => Share(run, Figures.Percent(run.SparedShare) == best))];
            }));
        page.Add($"</div>");
    }

    private static Markup Share(ReplayRunView run, bool isBest)
    {
        var cell = new Markup();
        cell.AppendConstant(isBest ? "<b>" : "");
        cell.AppendText(Figures.Percent(run.SparedShare));
        cell.AppendConstant(isBest ? "</b>" : "");
        return cell;
    }

    private static string Answer(ReplayView replay, long? limit)
    {
        var all = $"All that was asked for takes {Figures.Bytes(replay.FootprintBytes)}";
        if (limit >= replay.FootprintBytes)
        {
            return $"{all}, which MaxSize ({Figures.Bytes(limit)}) holds: no policy would have evicted anything, and more space would have spared nothing.";
        }

        // Where the limit is not known, the middle one of the sizes.
        var sizes = replay.Runs.Select(static run => run.SizeBytes).Distinct().Order().ToList();
        var at = limit is { } known && sizes.Contains(known) ? known : sizes[sizes.Count / 2];
        var here = replay.Runs.Where(run => run.SizeBytes == at).OrderByDescending(static run => run.SparedSeconds).ToList();
        var (best, worst) = (here[0], here[^1]);
        var most = replay.Runs.Max(static run => run.SparedShare);
        var policies = best.SparedShare - worst.SparedShare < Alike
            ? $"the policies are alike ({Figures.Percent(best.SparedShare)} of the work spared)"
            : $"{best.Policy} would have spared most, {Figures.Percent(best.SparedShare)} of the work, and {worst.Policy} least, {Figures.Percent(worst.SparedShare)}";
        return $"{all}. At {Figures.Bytes(at)} {policies}; a larger cache would have spared up to {Figures.Percent(most)}.";
    }
}
