using System.CommandLine;
using SmartCache.Tool.Finding;
using SmartCache.Tool.Output;
using SmartCache.Tool.Views;
using SmartCache.Tool.Why;

namespace SmartCache.Tool.Commands;

/// <summary><c>why KEY|JOB</c>: is it there, and if not, what became of it and what to do.</summary>
internal static class WhyCommand
{
    // The first digits of a content hash name its entry.
    private const int EntryDigits = 32;

    public static Command Make(SharedOptions shared)
    {
        var what = new Argument<string>("what") { Description = "A key, or how it begins; or a job, as its id, its 16 digits, or how one of them begins." };
        return shared.Does(new Command("why", "Says what became of a key, or of all that a job used.") { what }, async (parsed, run, cancellationToken) =>
        {
            var text = parsed.GetRequiredValue(what);
            var inspector = run.Open();
            var traces = await Traces.ReadAsync(inspector, cancellationToken).ConfigureAwait(false);
            var jobs = await inspector.JobsAsync(cancellationToken).ConfigureAwait(false);
            if (JobNames.Exact(jobs, text) is { } exact)
            {
                return Answer(run, JobOf(exact, traces));
            }

            if (EntryKey.Pick(traces.Names(), text) is { } name)
            {
                return Answer(run, new FateFinder(traces).Of(name));
            }

            return JobNames.Pick(jobs, text) is { } job ? Answer(run, JobOf(job, traces))
                : JobInHistory(text, traces) is { } digits ? Answer(run, JobOf(null, digits, [], traces))
                : Answer(run, new FateFinder(traces).Of(text));
        });
    }

    private static WhyJobView JobOf(InspectedJob job, Traces traces)
    {
        var used = job.State.ProfileEntries.AsEnumerable();
        return JobOf(job.State.JobId, job.Job, job.State.SourceContentHash is { Length: >= EntryDigits } hash ? used.Prepend(hash[..EntryDigits]) : used, traces);
    }

    private static WhyJobView JobOf(string? id, string digits, IEnumerable<string> used, Traces traces)
    {
        var finder = new FateFinder(traces);
        var asked = traces.Events.Where(happened => happened.Job == digits && happened.Kind == HistoryEventKind.Requested).Select(static happened => happened.Key).OfType<string>();

        // What was asked for by its identity and what it led to are one answer.
        return new WhyJobView(id, digits, [.. asked.Concat(used).Distinct(StringComparer.Ordinal).Select(finder.Of).DistinctBy(static why => why.Entry ?? why.Key)]);
    }

    // A job's record goes before its events do.
    private static string? JobInHistory(string text, Traces traces)
    {
        var digits = JobNames.DigitsOf(text);
        return traces.Events.FirstOrDefault(happened => happened.Job is { } job && (job == digits || job.Equals(text, StringComparison.OrdinalIgnoreCase)))?.Job;
    }

    private static int Answer(ToolRun run, WhyView why)
    {
        run.Print(why, ToolJson.Default.WhyView, page =>
        {
            Show(page, why);
            page.Hint(why.Fate == Fate.Present ? $"smartcache show {EntryKey.Short(why.Entry ?? why.Key)}" : "smartcache doctor", why.Fate == Fate.Present ? "says all of it" : "looks for faults of the place");
        });
        return why.Fate == Fate.Present ? ExitCode.Done : ExitCode.Found;
    }

    private static int Answer(ToolRun run, WhyJobView why)
    {
        run.Print(why, ToolJson.Default.WhyJobView, page =>
        {
            page.Line(why.Id is { } id ? $"Job {id}" : $"Job {why.Job}, which only the history knows");
            foreach (var key in why.Keys)
            {
                page.Line("");
                Show(page, key);
            }

            if (why.Keys.Count == 0)
            {
                page.Line("Nothing that it used or asked for is on record.");
            }

            page.Hint(why.Id is null ? "smartcache stats" : $"smartcache job {why.Job}", why.Id is null ? "says how far the history reaches" : "shows its stages, and what each cost");
        });
        return why.Keys.Count > 0 && why.Keys.All(static key => key.Fate is Fate.Present or Fate.Upload) ? ExitCode.Done : ExitCode.Found;
    }

    private static void Show(Page page, WhyView why)
    {
        page.Line($"{why.Layer ?? "key"} {why.Key}{(why.Profile is { } profile ? $" ({profile})" : "")}");
        page.Facts(
            ("  Entry", why.Entry),
            ("  Now", $"{why.Fate}: {why.Meaning}"),
            ("  Since", why.At is { } at ? Figures.When(at) : null),
            ("  Policy", why.Policy),
            ("  Reason", why.Reason?.ToString()),
            ("  To do", why.WhatToDo),
            ("  History from", why.Fate is Fate.Unknown or Fate.NeverStored or Fate.Gone ? why.HistoryFrom is { } from ? Figures.When(from) : "none is kept" : null));
        if (why.LastRequest is { } last)
        {
            page.Facts(
                ("  Last request", $"{Figures.When(last.Time)}: {last.Outcome}, {last.Reason}: {last.Meaning}"),
                ("  Failed with", last.Failure),
                ("  To do", last.Reason == CacheReason.None ? null : last.WhatToDo));
        }
    }
}
