using System.CommandLine;
using SmartCache.Tool.Html;
using SmartCache.Tool.Output;
using SmartCache.Tool.Report;
using SmartCache.Tool.Views;

namespace SmartCache.Tool.Commands;

/// <summary><c>report</c>: one page of what the cache did over the time of its history.</summary>
internal static class ReportCommand
{
    private const string StandardOutput = "-";

    public static Command Make(SharedOptions shared)
    {
        var file = new Option<string?>("--output", "-o") { Description = "The file to write, in place of what is there; - is the standard output. Not needed with --json." };
        return shared.Does(new Command("report", "Writes a page with charts: use, hit rate, what was spared, why requests missed, what other sizes and policies would have done.") { file }, async (parsed, run, cancellationToken) =>
        {
            var target = TargetOf(parsed.GetValue(file), run);
            var inspector = run.Open();
            ReportFile.Refuse(target, inspector.Directory, run.Cache.Options.Locations);
            var view = await new ReportReader(inspector, run.Cache.AreLimitsKnown, cancellationToken).ReadAsync(run.Host.Clock.GetUtcNow()).ConfigureAwait(false);
            if (target is StandardOutput)
            {
                await run.Host.Output.WriteAsync(ReportPage.Of(view)).ConfigureAwait(false);
                return ExitCode.Done;
            }

            if (target is not null)
            {
                ReportFile.Write(target, ReportPage.Of(view));
            }

            run.Print(view, ToolJson.Default.ReportView, page => Show(page, view, target!));
            return ExitCode.Done;
        });
    }

    private static string? TargetOf(string? given, ToolRun run) => (given, run.IsJson) switch
    {
        (null or "", false) => throw new ToolException("Name the file: smartcache report -o FILE.html", ExitCode.CouldNotLook),
        (null or "", true) => null,
        (StandardOutput, true) => throw new ToolException("The standard output takes the page or JSON, not both.", ExitCode.CouldNotLook),
        (StandardOutput, false) => StandardOutput,
        var (name, _) => Path.GetFullPath(name, run.Host.WorkingDirectory),
    };

    private static void Show(Page page, ReportView view, string target)
    {
        page.Line($"Wrote {target}");
        page.Facts(
            ("History", view.History.Events == 0 ? "empty" : $"{Figures.When(view.History.From)} to {Figures.When(view.History.To)}, {view.History.Events} events"),
            ("Served", Figures.Count(view.Requests.Sum(static layer => layer.All.Served)) + " requests"),
            ("Work spared", Figures.Seconds(view.Requests.Sum(static layer => layer.All.SavedSeconds))));
        foreach (var problem in view.Problems)
        {
            page.Line(problem);
        }

        if (view.Problems.Count > 0)
        {
            page.Hint("smartcache doctor", "says why not all could be read");
        }
        else if (view.Dearest.Count > 0)
        {
            page.Hint($"smartcache show {EntryKey.Short(view.Dearest[0].Key)}", "says all of the entry that was most work");
        }
        else
        {
            page.Hint("smartcache doctor", "looks for faults of the place");
        }
    }
}
