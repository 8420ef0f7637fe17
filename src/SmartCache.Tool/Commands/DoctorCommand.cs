using System.CommandLine;
using SmartCache.Tool.Doctor;
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
            if (PlaceChecks.Enter(run.Cache.Options, findings) is { } inspector)
            {
                await LookAsync(inspector, run.Cache.Options, findings, cancellationToken).ConfigureAwait(false);
                if (parsed.GetValue(work) is { } directory)
                {
                    WorkChecks.Look(Path.GetFullPath(directory, run.Host.WorkingDirectory), await inspector.ReadLayersAsync(cancellationToken).ConfigureAwait(false), findings);
                }
            }

            var view = new DoctorView(run.Cache.Directory, findings.All);
            run.Print(view, ToolJson.Default.DoctorView, page => Show(page, view, run.Cache.Looked));
            return view.Findings.Count > 0 ? ExitCode.Found : ExitCode.Done;
        });
    }

    private static async Task LookAsync(CacheInspector inspector, CacheOptions options, Findings findings, CancellationToken cancellationToken)
    {
        var layers = await inspector.ReadLayersAsync(cancellationToken).ConfigureAwait(false);
        PlaceChecks.Look(options, findings);
        PlaceChecks.Look(layers, findings);
        AccessChecks.Look(inspector.Directory, layers, findings);
        DiskChecks.Look(layers, inspector.Directory, findings);
        DiskChecks.Look(await inspector.ReadSpaceAsync(cancellationToken).ConfigureAwait(false), inspector.Directory, findings);
        await EntryChecks.LookAsync(inspector, findings, cancellationToken).ConfigureAwait(false);
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

        page.Line(view.Findings.Count == 0 ? "Nothing found." : $"Findings: {view.Findings.Count}");
        page.Hint("smartcache stats", "says what the cache is good for");
    }
}
