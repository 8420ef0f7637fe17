using System.CommandLine;
using SmartCache.Tool.Output;
using SmartCache.Tool.Views;

namespace SmartCache.Tool.Commands;

/// <summary><c>ls</c>: the entries of a layer.</summary>
internal static class ListCommand
{
    public static Command Make(SharedOptions shared)
    {
        var layer = new Argument<string>("layer") { Description = "sources or profiles" };
        layer.AcceptOnlyFromAmong("sources", "profiles");
        var sort = new Option<string>("--sort") { Description = "key, used, created, bytes or cost; the newest, largest or dearest first", DefaultValueFactory = static _ => "used" };
        sort.AcceptOnlyFromAmong("key", "used", "created", "bytes", "cost");
        var filter = new Option<string?>("--filter") { Description = "Only entries with this text in the key, the profile's name, the state, or a name=value of recipe or properties." };
        return shared.Does(new Command("ls", "Lists the entries of a layer.") { layer, sort, filter }, async (parsed, run, cancellationToken) =>
        {
            var kind = parsed.GetValue(layer) == "sources" ? EntryKind.Source : EntryKind.Profile;
            var text = parsed.GetValue(filter);
            var entries = new List<EntryView>();
            await foreach (var entry in run.Open().ReadEntriesAsync(kind, cancellationToken).ConfigureAwait(false))
            {
                if (EntryView.Of(entry) is var view && (text is null || Has(view, text)))
                {
                    entries.Add(view);
                }
            }

            var sorted = Sort(entries, parsed.GetValue(sort));
            run.Print(sorted, ToolJson.Default.IReadOnlyListEntryView, page => Show(page, sorted));
            return ExitCode.Done;
        });
    }

    private static IReadOnlyList<EntryView> Sort(List<EntryView> entries, string? by)
    {
        var byKey = entries.OrderBy(static entry => entry.Key, StringComparer.Ordinal);
        return by switch
        {
            "key" => [.. byKey],
            "created" => [.. byKey.OrderByDescending(static entry => entry.Created)],
            "bytes" => [.. byKey.OrderByDescending(static entry => entry.Bytes)],
            "cost" => [.. byKey.OrderByDescending(static entry => entry.CostSeconds)],
            _ => [.. byKey.OrderByDescending(static entry => entry.LastUse)],
        };
    }

    private static bool Has(EntryView entry, string text) =>
        new[] { entry.Key, entry.Profile, entry.State.ToString(), entry.SourceContentHash }
            .Concat(entry.Recipe.Concat(entry.Properties).Select(static pair => $"{pair.Key}={pair.Value}"))
            .Any(value => value?.Contains(text, StringComparison.OrdinalIgnoreCase) == true);

    private static void Show(Page page, IReadOnlyList<EntryView> entries)
    {
        page.Table(
            ["key", "profile", "state", "bytes", "files", "cost", "created", "last used"],
            entries.Select(static entry => new[]
            {
                EntryKey.Short(entry.Key), entry.Profile ?? "-", entry.IsCondemned ? "BeingRemoved" : entry.State.ToString(), Figures.Bytes(entry.Bytes), Figures.Count(entry.Files),
                Figures.Seconds(entry.CostSeconds), Figures.When(entry.Created), Figures.When(entry.LastUse),
            }));
        page.Line($"{entries.Count} entries, {Figures.Bytes(entries.Sum(static entry => entry.Bytes))}");
        page.Hint(entries.Count > 0 ? $"smartcache show {EntryKey.Short(entries[0].Key)}" : "smartcache stats", entries.Count > 0 ? "says all of one" : "says what was asked for");
    }
}
