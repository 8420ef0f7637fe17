using System.CommandLine;
using SmartCache.Tool.Output;
using SmartCache.Tool.Removal;
using SmartCache.Tool.Views;

namespace SmartCache.Tool.Commands;

/// <summary>What <c>rm</c>, <c>clear</c> and <c>reject</c> have in common: says what is to go, asks, does it, and says what came of it.</summary>
internal static class RemovalRun
{
    private const string DisabledFile = "DISABLED";

    public static Option<bool> Yes() => new("--yes", "-y") { Description = "Does not ask." };

    public static async Task<int> RunAsync(
        ToolRun run, CacheInspector inspector, RemovalPlan found, bool isConfirmed, string verb, string afterwards, Removing removing, CancellationToken cancellationToken)
    {
        if (File.Exists(Path.Combine(inspector.Directory, DisabledFile)))
        {
            throw new ToolException("A file DISABLED switches the cache off, and the library changes nothing in it then. Nothing was done.", ExitCode.CouldNotLook);
        }

        var bucket = run.IsPooled && found.ReachesPool ? " and in the bucket of its pool" : "";
        afterwards += run.IsPooled && found.Entries.Count + found.Keys.Count > 0 ? RemovalTexts.InPool(found) : "";
        if (!run.IsJson)
        {
            Announce(new Page(run.Host, run.Options), run.Cache.Options, found, verb, afterwards);
        }

        Confirmation.Require(run.Host, isConfirmed, $"{verb} {Amount(found)} in {Plain.Of(inspector.Directory)}{bucket}?");
        var view = await removing.RunAsync(inspector, run.OpenToChange, afterwards, cancellationToken).ConfigureAwait(false);
        run.Print(view, ToolJson.Default.RemovalView, page => Show(page, view));
        return view.Left > 0 ? ExitCode.Found : ExitCode.Done;
    }

    private static void Announce(Page page, CacheOptions options, RemovalPlan plan, string verb, string afterwards)
    {
        string?[] elsewhere = [options.Locations.Sources, options.Locations.Profiles, options.Locations.Uploads];
        page.Line($"{verb}: {Amount(plan)}");
        page.Facts(
            ("  Cache", options.Directory),
            ("  Layers elsewhere", elsewhere.Any(static place => place is not null) ? string.Join(", ", elsewhere.OfType<string>()) : null),
            ("  Took to make", Figures.Seconds(plan.Cost.TotalSeconds)),
            ("  In use", plan.InUse > 0 ? $"{Figures.Count(plan.InUse)}: no look-up gets them any more, and their space is free when their last lease ends" : null),
            ("  Unfinished jobs", plan.UnfinishedJobs > 0 ? $"{Figures.Count(plan.UnfinishedJobs)} used some of it" : null),
            ("  Afterwards", afterwards));
        foreach (var entry in plan.Entries.Take(10))
        {
            page.Line($"  {entry.Name}  {entry.Profile ?? "source"}  {Figures.Bytes(entry.Length)}");
        }

        if (plan.Entries.Count > 10)
        {
            page.Line($"  and {Figures.Count(plan.Entries.Count - 10)} more");
        }
    }

    private static string Amount(RemovalPlan plan) =>
        plan.Jobs.Count > 0 ? $"states of {Figures.Count(plan.Jobs.Count)} jobs" : $"{Figures.Count(plan.Entries.Count)} entries, {Figures.Bytes(plan.Bytes)}, {Figures.Count(plan.Keys.Count)} keys";

    private static void Show(Page page, RemovalView view)
    {
        page.Line(view.Left > 0 ? $"{Figures.Count(view.Left)} are still there." : "Done.");
        foreach (var fault in view.Faults)
        {
            page.Line("  " + fault);
        }

        page.Hint(view.Left > 0 ? "smartcache doctor" : "smartcache stats", view.Left > 0 ? "looks for faults of the place" : "shows what the layers hold now");
    }
}
