using System.CommandLine;
using SmartCache.Tool.Finding;
using SmartCache.Tool.Output;
using SmartCache.Tool.Views;

namespace SmartCache.Tool.Commands;

/// <summary><c>verify</c>: reads every byte, and takes away what is wrong once somebody said so.</summary>
internal static class VerifyCommand
{
    public static Command Make(SharedOptions shared)
    {
        var what = new Argument<string?>("what") { Description = "sources, profiles, or a key, or how it begins. Default: all.", Arity = ArgumentArity.ZeroOrOne };
        var yes = new Option<bool>("--yes") { Description = "Puts what is wrong into quarantine without asking." };
        return shared.Does(new Command("verify", "Reads the entries and compares them with their manifests.") { what, yes }, async (parsed, run, cancellationToken) =>
        {
            var inspector = run.Open();
            var entries = Choose(await inspector.EntriesAsync(cancellationToken).ConfigureAwait(false), parsed.GetValue(what));
            var view = await ReadAsync(inspector, entries, new ProgressLine(run.Host, !run.IsJson), cancellationToken).ConfigureAwait(false);
            if (view.Wrong.Count > 0 && Agreement.IsGiven(run, parsed.GetValue(yes), $"Put {view.Wrong.Count} entries that are wrong into quarantine ({Names(view.Wrong)})?"))
            {
                view = await QuarantineAsync(run, view, cancellationToken).ConfigureAwait(false);
            }

            run.Print(view, ToolJson.Default.VerifyView, page => Show(page, view));
            return view.Wrong.Count + view.Unknown.Count > 0 ? ExitCode.Found : ExitCode.Done;
        });
    }

    private static List<InspectedEntry> Choose(IReadOnlyList<InspectedEntry> entries, string? what)
    {
        var chosen = what switch
        {
            null => entries,
            "sources" => entries.Where(static entry => entry.Kind == EntryKind.Source),
            "profiles" => entries.Where(static entry => entry.Kind == EntryKind.Profile),
            _ => EntryKey.Pick(entries.Select(static entry => entry.Name), what) is { } name
                ? entries.Where(entry => entry.Name == name)
                : throw new ToolException($"No entry begins with {Typed.Shown(what)}.\nNext: smartcache why {Typed.Again(what)}   says what became of it", ExitCode.Found),
        };
        return [.. chosen.OrderBy(static entry => entry.Kind).ThenBy(static entry => entry.Name, StringComparer.Ordinal)];
    }

    private static async Task<VerifyView> ReadAsync(CacheInspector inspector, List<InspectedEntry> entries, ProgressLine line, CancellationToken cancellationToken)
    {
        var (done, read, all, whole) = (0, 0L, entries.Sum(static entry => entry.Length), 0);
        List<WrongEntryView> wrong = [], unknown = [];
        var progress = new ReadBytes(bytes =>
        {
            read += bytes;
            line.Say(() => $"{done} of {entries.Count} entries, {Figures.Bytes(read)} of {Figures.Bytes(all)}");
        });
        foreach (var entry in entries)
        {
            var reading = await inspector.VerifyEntryAsync(entry.Kind, entry.Name, progress, cancellationToken).ConfigureAwait(false);
            done++;
            if (reading.Verdict is InspectedVerdict.Whole or InspectedVerdict.Gone)
            {
                whole += reading.Verdict == InspectedVerdict.Whole ? 1 : 0;
                continue;
            }

            (reading.Verdict == InspectedVerdict.Wrong ? wrong : unknown).Add(new WrongEntryView(entry.Name, entry.Kind == EntryKind.Source ? "sources" : "profiles", reading.Verdict, reading.Why ?? ""));
        }

        line.End();
        return new VerifyView(inspector.Directory, entries.Count, whole, read, wrong, unknown, 0, []);
    }

    private static async Task<VerifyView> QuarantineAsync(ToolRun run, VerifyView view, CancellationToken cancellationToken)
    {
        if (File.Exists(Path.Combine(view.Directory, "DISABLED")))
        {
            return view with { Faults = ["A file DISABLED switches the cache off, and the library changes nothing in it then."] };
        }

        var quarantined = 0;
        using var faults = new FaultList();
        var manager = run.OpenToChange(faults);
        await using (manager.ConfigureAwait(false))
        {
            foreach (var entry in view.Wrong)
            {
                var report = await manager.VerifyEntryAsync(entry.Layer == "sources" ? EntryKind.Source : EntryKind.Profile, entry.Key, cancellationToken).ConfigureAwait(false);
                quarantined += report.Quarantined;
            }
        }

        return view with { Quarantined = quarantined, Faults = quarantined < view.Wrong.Count ? faults.Faults : [] };
    }

    private static string Names(IReadOnlyList<WrongEntryView> wrong) => string.Join(", ", wrong.Take(10).Select(static entry => $"{EntryKey.Short(entry.Key)}: {entry.Why}"));

    private static void Show(Page page, VerifyView view)
    {
        page.Line(view.Directory);
        if (view.Wrong.Count + view.Unknown.Count > 0)
        {
            page.Table(["layer", "key", "found", "why"], view.Wrong.Concat(view.Unknown).Select(static entry => new[] { entry.Layer, EntryKey.Short(entry.Key), entry.Verdict.ToString(), entry.Why }));
        }

        page.Line($"{view.Entries} entries, {Figures.Bytes(view.Bytes)} read: {view.Whole} whole, {view.Wrong.Count} wrong, {view.Unknown.Count} not known, {view.Quarantined} put into quarantine");
        foreach (var fault in view.Faults)
        {
            page.Line(fault);
        }

        var isLeft = view.Quarantined < view.Wrong.Count && view.Faults.Count == 0;
        page.Hint(
            isLeft ? "smartcache verify --yes" : view.Quarantined > 0 ? $"smartcache why {EntryKey.Short(view.Wrong[0].Key)}" : "smartcache doctor",
            isLeft ? "puts what is wrong into quarantine" : view.Quarantined > 0 ? "says what became of it" : "looks for faults of the place");
    }
}
