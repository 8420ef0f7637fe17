using System.CommandLine;
using SmartCache.Tool.Doctor;
using SmartCache.Tool.Finding;
using SmartCache.Tool.Output;
using SmartCache.Tool.Views;

namespace SmartCache.Tool.Commands;

/// <summary><c>doctor</c>: looks for faults of the place, each with what to do.</summary>
internal static class DoctorCommand
{
    public static Command Make(SharedOptions shared)
    {
        var work = new Option<string?>("--work") { Description = "A job's work directory: also looks whether a hit can share blocks with it." };
        return shared.Does(new Command("doctor", "Looks for faults: rights, disks, limits, things that do not belong there.") { work }, async (parsed, run, cancellationToken) =>
        {
            var findings = new Findings();
            IReadOnlyList<VersionView> versions = [];
            if (PlaceChecks.Enter(run.Cache.Options, findings) is { } inspector)
            {
                var directory = parsed.GetValue(work) is { } given ? Path.GetFullPath(given, run.Host.WorkingDirectory) : null;
                versions = Versions.Of(await LookAsync(inspector, run, directory, findings, cancellationToken).ConfigureAwait(false));
            }

            var view = new DoctorView(run.Cache.Directory, findings.All, versions);
            run.Print(view, ToolJson.Default.DoctorView, page => Show(page, view, run.Cache.Looked));
            return view.Findings.Count > 0 ? ExitCode.Found : ExitCode.Done;
        });
    }

    /// <returns>The entries, which are read once: of very many that is most of the time.</returns>
    private static async Task<IReadOnlyList<InspectedEntry>> LookAsync(CacheInspector inspector, ToolRun run, string? work, Findings findings, CancellationToken cancellationToken)
    {
        var root = inspector.Directory;
        IReadOnlyList<InspectedLayer> layers = [];
        IReadOnlyList<InspectedEntry> entries = [];
        findings.Try("what lies there", root, () => PlaceChecks.Look(run.Cache.Options, findings));
        findings.Try("the rights", root, () => AccessChecks.Look(run.Cache.Options, findings));
        await findings.TryAsync("the layers", root, async () => layers = await inspector.ReadLayersAsync(cancellationToken).ConfigureAwait(false)).ConfigureAwait(false);
        foreach (var layer in layers.Where(static layer => layer.Failure is not null))
        {
            findings.AddNotLookedAt($"the layer {layer.Name}", layer.Directory, layer.Failure!);
        }

        findings.Try("the layers' directories", root, () => PlaceChecks.Look(layers, findings));
        findings.Try("owners and modes", root, () => OwnerChecks.Look(root, run.Cache.AreLimitsKnown ? run.Cache.Options.DirectoryMode : null, layers, findings));
        findings.Try("the locks", root, () => LockChecks.Look(layers, root, findings));
        findings.Try("the time stamps", root, () => TimeChecks.LookAtStamps(layers, root, findings));
        findings.Try("the disks", root, () => DiskChecks.Look(layers, root, findings));
        if (run.Cache.AreLimitsKnown)
        {
            await findings.TryAsync("the space", root, async () => DiskChecks.Look(await inspector.ReadSpaceAsync(cancellationToken).ConfigureAwait(false), layers, root, findings)).ConfigureAwait(false);
        }

        await findings.TryAsync("the entries", root, async () => entries = await inspector.EntriesAsync(cancellationToken).ConfigureAwait(false)).ConfigureAwait(false);
        await findings.TryAsync("damage", root, () => EntryChecks.LookAsync(inspector, entries, findings, cancellationToken)).ConfigureAwait(false);
        await findings.TryAsync("the clock", root, () => TimeChecks.LookAtClockAsync(inspector, entries, run.Host.Clock.GetUtcNow(), findings, cancellationToken)).ConfigureAwait(false);
        if (work is not null)
        {
            findings.Try("the work directory", work, () => WorkChecks.Look(work, layers, findings));
        }

        return entries;
    }

    private static void Show(Page page, DoctorView view, IReadOnlyList<string> looked)
    {
        page.Line(view.Directory);
        foreach (var finding in view.Findings)
        {
            page.Heading(finding.Code);
            page.Facts(("  Where", finding.Path), ("  What", finding.Meaning), ("  To do", finding.WhatToDo));
            foreach (var line in finding.Code is "no-directory" or "not-a-cache" ? looked : [])
            {
                page.Line("  " + line);
            }
        }

        if (view.Versions.Count > 0)
        {
            page.Line($"Stored by version {string.Join(", ", view.Versions.Select(static version => $"{version.Version ?? "unknown"} ({version.Entries} entries)"))}");
        }

        page.Line(view.Findings.Count == 0 ? "Nothing found." : $"Findings: {view.Findings.Count}");
        page.Hint("smartcache stats", "says what the cache is good for");
    }
}
