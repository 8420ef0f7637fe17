using SmartCache.Tool.Output;
using SmartCache.Tool.Views;
using SmartCache.Tool.Why;

namespace SmartCache.Tool.Commands;

/// <summary>Finds out what <c>why</c> was asked about, and answers.</summary>
internal sealed class WhyAnswer(ToolRun run, Answers answers, Traces traces, IReadOnlyList<InspectedJob> jobs)
{
    public async Task<int> ToAsync(string text, string? profile, CancellationToken cancellationToken)
    {
        if (JobNames.Exact(jobs, text) is { } exact)
        {
            return await OfJobAsync(exact, profile, cancellationToken).ConfigureAwait(false);
        }

        if (JobInHistory(text) is { } digits)
        {
            return await OfJobAsync(null, digits, [], profile, cancellationToken).ConfigureAwait(false);
        }

        var meant = Meant.By(text, traces);
        if (profile is not null && meant.Sources.Count > 0)
        {
            var view = await answers.OfProfileAsync(profile, meant.Sources, cancellationToken).ConfigureAwait(false);
            run.Print(view, ToolJson.Default.WhyProfileView, page => WhyPage.Show(page, view));
            return CodeOf(view.Keys);
        }

        if (meant.IsSource || (Contents.HashIn(text) is not null && meant.Keys.Count > 0))
        {
            var view = await answers.OfSourceAsync(text, meant.Keys, cancellationToken).ConfigureAwait(false);
            run.Print(view, ToolJson.Default.WhySourceView, page => WhyPage.Show(page, view));
            return view.Keys.Any(static key => IsServed(key.Why)) ? ExitCode.Done : ExitCode.Found;
        }

        return meant.Name is { } name ? await OfKeyAsync(name, cancellationToken).ConfigureAwait(false)
            : JobNames.Pick(jobs, text) is { } job ? await OfJobAsync(job, profile, cancellationToken).ConfigureAwait(false)
            : await OfKeyAsync(text, cancellationToken).ConfigureAwait(false);
    }

    private async Task<int> OfKeyAsync(string name, CancellationToken cancellationToken)
    {
        var view = await answers.OfAsync(name, cancellationToken).ConfigureAwait(false);
        run.Print(view, ToolJson.Default.WhyView, page => WhyPage.Show(page, view));
        return IsServed(view) ? ExitCode.Done : ExitCode.Found;
    }

    private Task<int> OfJobAsync(InspectedJob job, string? profile, CancellationToken cancellationToken)
    {
        var used = job.State.ProfileEntries.AsEnumerable();
        return OfJobAsync(
            job.State.JobId, job.Job, job.State.SourceContentHash is { } text && Contents.HashIn(text) is { } hash ? used.Prepend(Contents.NameOf(hash)) : used, profile, cancellationToken);
    }

    private async Task<int> OfJobAsync(string? id, string digits, IEnumerable<string> used, string? profile, CancellationToken cancellationToken)
    {
        var requests = traces.Events.Where(happened => happened.Job == digits && happened.Kind == HistoryEventKind.Requested && (profile is null || happened.Profile is null || happened.Profile == profile)).ToList();
        var withoutKey = requests.Where(static request => request.Key is null).GroupBy(static request => (request.Layer, request.Profile)).Select(static of => WhyRequestView.Of(of.Last()));
        var all = await answers.OfAllAsync(requests.Select(static request => request.Key).OfType<string>().Concat(used).Distinct(StringComparer.Ordinal), cancellationToken).ConfigureAwait(false);

        // What was asked for by its identity and what it led to are one answer.
        var view = new WhyJobView(id, digits, [.. all.DistinctBy(static why => why.Entry ?? why.Key).Where(why => profile is null || why.Profile == profile)], [.. withoutKey]);
        run.Print(view, ToolJson.Default.WhyJobView, page => WhyPage.Show(page, view));
        return view.WithoutKey.Count > 0 ? ExitCode.Found : CodeOf(view.Keys);
    }

    // A job's record goes before its events do.
    private string? JobInHistory(string text)
    {
        var digits = JobNames.DigitsOf(text);
        return traces.Events.FirstOrDefault(happened => happened.Job is { } job && (job == digits || job.Equals(text, StringComparison.OrdinalIgnoreCase)))?.Job;
    }

    private static int CodeOf(IReadOnlyList<WhyView> keys) => keys.Count > 0 && keys.All(static key => key.Fate == Fate.Upload || IsServed(key)) ? ExitCode.Done : ExitCode.Found;

    private static bool IsServed(WhyView why) => why.Fate == Fate.Present && why.LookUp is null or { WouldHit: true };
}
