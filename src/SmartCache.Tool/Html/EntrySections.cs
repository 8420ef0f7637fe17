using SmartCache.Tool.Output;
using SmartCache.Tool.Views;

namespace SmartCache.Tool.Html;

/// <summary>The entries that take most space and were most work, and the uploads that are under way.</summary>
internal static class EntrySections
{
    private const int MostUploads = 20;

    public static void AddTo(Markup page, ReportView report)
    {
        page.Add($"<h2>Entries</h2>");
        if (report.Largest.Count == 0)
        {
            page.Add($"<p>There is no entry that can be read.</p>");
        }
        else
        {
            page.Add($"<div class=\"pair\"><div>");
            AddEntries(page, "The largest", report.Largest);
            page.Add($"</div><div>");
            AddEntries(page, "The dearest: what took longest to make", report.Dearest);
            page.Add($"</div></div>");
        }

        AddUploads(page, report);
    }

    private static void AddEntries(Markup page, string caption, IReadOnlyList<EntryView> entries) => Tables.Add(
        page, caption, ["entry", "#bytes", "#work", "~last used"],
        entries.Select(static entry => (IReadOnlyList<Markup>)
        [
            Tables.Entry(entry), Tables.Text(Figures.Bytes(entry.Bytes)), Tables.Text(Figures.Seconds(entry.CostSeconds)), Tables.Text(entry.LastUse is null ? "–" : Figures.When(entry.LastUse)[..16]),
        ]));

    private static void AddUploads(Markup page, ReportView report)
    {
        page.Add($"<h2>Uploads in progress</h2>");
        var waiting = report.UnfinishedJobs - report.Uploads.Count;
        page.Add($"<p class=\"note\">{Jobs(report.Uploads.Count)} {(report.Uploads.Count == 1 ? "has" : "have")} begun to upload and not ended; {Jobs(waiting)} more {(waiting == 1 ? "is" : "are")} before that.</p>");
        if (report.Uploads.Count == 0)
        {
            return;
        }

        Tables.Add(
            page, report.Uploads.Count > MostUploads ? $"The {MostUploads} that moved last" : "The one that moved last first", ["job", "#files sent", "#profiles", "#attempts", "~last sign of life"],
            report.Uploads.Take(MostUploads).Select(static job => Tables.Row(
                job.Id, Share(job.Profiles.Sum(static profile => profile.UploadedFiles), job.Profiles.Sum(static profile => profile.TotalFiles)),
                Share(job.Profiles.Count(static profile => profile.Completed), job.Profiles.Count), Figures.Count(job.Attempts), Figures.When(job.LastActivity)[..16])));
    }

    private static string Jobs(int count) => count == 1 ? "1 job" : $"{Figures.Count(count)} jobs";

    private static string Share(int part, int whole) => $"{Figures.Count(part)} of {Figures.Count(whole)}";
}
