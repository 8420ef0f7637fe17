using SmartCache.Tool.Output;
using SmartCache.Tool.Views;

namespace SmartCache.Tool.Html;

/// <summary>What a pool shares with this host; nothing where there is none.</summary>
internal static class RemoteSection
{
    public static void AddTo(Markup page, ReportView report)
    {
        if (report.Remote is not { } remote)
        {
            return;
        }

        page.Add($"<h2>Shared with the pool</h2>");
        page.Add($"<p class=\"note\">What was moved and served is what the history covers. What waits, and whether the store rests, is as it was when this page was made.</p>");
        Tables.Add(page, "The remote tier of this host", ["what", "figure"],
        [
            Tables.Row("Mode", remote.Mode?.ToString() ?? "not known: give --settings"),
            Tables.Row("Reads", RemoteTexts.Rest(remote.ReadsRest, "jobs ask the store")),
            Tables.Row("Writes", RemoteTexts.Rest(remote.WritesRest, "entries are sent")),
            Tables.Row("Taken from the pool", $"{Figures.Count(remote.SourceHits)} sources, {Figures.Count(remote.ProfileHits)} profiles; {Figures.Seconds(remote.SavedSeconds)} of work"),
            Tables.Row("Bytes in", Figures.Bytes(remote.FetchedBytes)),
            Tables.Row("Bytes out", $"{Figures.Bytes(remote.SentBytes)} in {Figures.Count(remote.SentEntries)} entries"),
            Tables.Row("Owed", RemoteTexts.Owed(remote.OwedEntries, remote.OwedBytes, remote.OldestOwedSeconds)),
            Tables.Row("Given up", remote.DroppedEntries == 0 ? "nothing" : $"{Figures.Count(remote.DroppedEntries)} entries"),
        ]);
    }
}
