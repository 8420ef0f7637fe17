using System.CommandLine;
using Microsoft.Extensions.Options;
using SmartCache.Tool.Output;
using SmartCache.Tool.Views;

namespace SmartCache.Tool.Commands;

/// <summary><c>evict --dry-run</c>: what a clean-up would take away, in its order, and why.</summary>
internal static class EvictCommand
{
    public static Command Make(SharedOptions shared)
    {
        var dry = new Option<bool>("--dry-run") { Description = "Only says what would go. Required: who evicts is a worker, at each clean-up." };
        var to = new Option<string?>("--to") { Description = "As if MaxSize were this: 20GB." };
        return shared.Does(new Command("evict", "Says what a clean-up would take away now, in its order.") { dry, to }, async (parsed, run, cancellationToken) =>
        {
            if (!parsed.GetValue(dry))
            {
                throw new ToolException("evict only tells what would go: add --dry-run. A worker evicts at each clean-up, and when an entry needs its place.", ExitCode.CouldNotLook);
            }

            var inspector = Open(run, parsed.GetValue(to));
            var eviction = await inspector.PlanEvictionAsync(cancellationToken).ConfigureAwait(false);
            var view = new EvictionView(
                inspector.Directory, eviction.Policy, eviction.UsedBytes, eviction.LimitBytes, eviction.Leased, eviction.IsEnough, [.. eviction.Victims.Select(VictimView.Of)]);
            run.Print(view, ToolJson.Default.EvictionView, page => Show(page, view, run.Cache.AreLimitsKnown));
            return ExitCode.Done;
        });
    }

    private static CacheInspector Open(ToolRun run, string? to)
    {
        if (to is null && !run.Cache.AreLimitsKnown)
        {
            throw new ToolException("The limits of this cache are not known: give --settings or --unit, or a size: --to 20GB.", ExitCode.CouldNotLook);
        }

        var options = run.Cache.Options;
        (options.MaxSize, options.EvictionPolicy) = (to ?? options.MaxSize, run.Cache.Policy);
        try
        {
            return run.Open();
        }
        catch (OptionsValidationException exception) when (run.Cache.Policy is { } policy && exception.Failures.All(static failure => failure.Contains("EvictionPolicy", StringComparison.Ordinal)))
        {
            throw new ToolException($"The policy '{policy}' is the worker's own. Its order is not known here.", ExitCode.CouldNotLook);
        }
    }

    private static void Show(Page page, EvictionView view, bool areLimitsKnown)
    {
        page.Line(view.Directory);
        if (!areLimitsKnown)
        {
            page.Line("The settings of this cache are not known: age, policy and free space are judged by the defaults. Give --settings or --unit for the worker's.");
        }

        page.Facts(
            ("Used", $"{Figures.Bytes(view.UsedBytes)} of {Figures.Bytes(view.LimitBytes)} for entries"),
            ("Policy", view.Policy),
            ("Leased", view.Leased == 0 ? null : $"{view.Leased} entries that are in use are passed by"));
        if (view.Victims.Count > 0)
        {
            page.Table(
                ["", "layer", "key", "because of", "protection", "jobs", "bytes", "cost", "last used"],
                view.Victims.Index().Select(static victim => new[]
                {
                    Figures.Count(victim.Index + 1), victim.Item.Layer, EntryKey.Short(victim.Item.Key), victim.Item.Limit, victim.Item.Protection.ToString(), Figures.Count(victim.Item.Jobs),
                    Figures.Bytes(victim.Item.Bytes), Figures.Seconds(victim.Item.CostSeconds), Figures.When(victim.Item.LastUse),
                }));
        }

        page.Line($"{view.Victims.Count} entries would go, {Figures.Bytes(view.Victims.Sum(static victim => victim.Bytes))}, {Figures.Seconds(view.Victims.Sum(static victim => victim.CostSeconds ?? 0))} of work");
        if (!view.IsEnough)
        {
            page.Line("That is not enough: the limits stay crossed.");
        }

        page.Hint(view.Victims.Count > 0 ? $"smartcache show {EntryKey.Short(view.Victims[0].Key)}" : "smartcache stats", view.Victims.Count > 0 ? "says all of the first" : "shows use and limits");
    }
}
