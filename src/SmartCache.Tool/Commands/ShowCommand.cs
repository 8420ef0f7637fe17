using System.CommandLine;
using SmartCache.Tool.Finding;
using SmartCache.Tool.Output;
using SmartCache.Tool.Views;

namespace SmartCache.Tool.Commands;

/// <summary><c>show KEY</c>: one entry in words.</summary>
internal static class ShowCommand
{
    public static Command Make(SharedOptions shared)
    {
        var key = new Argument<string>("key") { Description = "The entry's key, or how it begins; of a profile each half by itself: f3eb_ac5d." };
        return shared.Does(new Command("show", "Shows one entry.") { key }, async (parsed, run, cancellationToken) =>
        {
            var text = parsed.GetRequiredValue(key);
            var entries = await run.Open().EntriesAsync(cancellationToken).ConfigureAwait(false);
            if (EntryKey.Pick(entries.Select(static entry => entry.Name), text) is not { } name)
            {
                throw new ToolException($"No entry begins with {Typed.Shown(text)}.\nNext: smartcache why {Typed.Again(text)}   says what became of it", ExitCode.Found);
            }

            var view = EntryView.Of(entries.First(entry => entry.Name == name));
            run.Print(view, ToolJson.Default.EntryView, page => Show(page, view));
            return ExitCode.Done;
        });
    }

    private static void Show(Page page, EntryView entry)
    {
        page.Line(entry.Profile is { } profile ? $"Profile {profile}" : entry.Layer == "sources" ? "Source" : "Profile");
        page.Facts(
            ("Key", entry.Key),
            ("State", InWords(entry)),
            ("Made of", entry.Layer == "profiles" ? entry.SourceContentHash : null),
            ("SHA-256", entry.Layer == "sources" ? entry.SourceContentHash : null));
        if (entry.State == InspectedEntryState.Readable)
        {
            page.Facts(
                ("Holds", $"{Figures.Count(entry.Files)} files, {Figures.Bytes(entry.Bytes)}"),
                ("Cost", $"{Figures.Seconds(entry.CostSeconds)} to make"),
                ("Stored", $"{Figures.When(entry.Created)}{(entry.Maker is { } maker ? $" by version {maker}" : "")}"),
                ("Last used", Figures.When(entry.LastUse)));
        }

        ShowMap(page, "Recipe", entry.Recipe);
        ShowMap(page, "Properties", entry.Properties);
        page.Hint($"smartcache why {EntryKey.Short(entry.Key)}", "says how the last request for it went");
    }

    private static string InWords(EntryView entry) => (entry.IsCondemned, entry.State) switch
    {
        (true, _) => "about to go: every look-up is a miss, and its last lease takes it away",
        (_, InspectedEntryState.Readable) => "whole, as its manifest says; its files were not read",
        (_, InspectedEntryState.Newer) => "a newer version of the library wrote it",
        (_, InspectedEntryState.Damaged) => "its manifest is damaged or missing; the next look-up or clean-up puts it into quarantine",
        _ => "this user may not read it, or the disk does not give it",
    };

    private static void ShowMap(Page page, string heading, IReadOnlyDictionary<string, string> map)
    {
        if (map.Count > 0)
        {
            page.Heading(heading);
            page.Facts(map.OrderBy(static pair => pair.Key, StringComparer.Ordinal).Select(static pair => (pair.Key, (string?)pair.Value)));
        }
    }
}
