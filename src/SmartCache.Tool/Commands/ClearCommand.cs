using System.CommandLine;
using SmartCache.Tool.Finding;
using SmartCache.Tool.Removal;
using SmartCache.Tool.Why;

namespace SmartCache.Tool.Commands;

/// <summary><c>clear [LAYER]</c>: every entry of sources and profiles, or all of one layer.</summary>
internal static class ClearCommand
{
    public static Command Make(SharedOptions shared)
    {
        var layer = new Argument<string?>("layer") { Description = "Only this layer; of uploads, the states of jobs.", Arity = ArgumentArity.ZeroOrOne };
        layer.AcceptOnlyFromAmong("sources", "profiles", "uploads");
        var yes = RemovalRun.Yes();
        return shared.Does(new Command("clear", "Removes all sources and profiles, or all of one layer.") { layer, yes }, async (parsed, run, cancellationToken) =>
        {
            var only = parsed.GetValue(layer);
            var inspector = run.Open();
            var traces = await Traces.ReadAsync(inspector, cancellationToken).ConfigureAwait(false);
            var jobs = await inspector.JobsAsync(cancellationToken).ConfigureAwait(false);
            var plan = await RemovalPlanner.ToClear(only, traces, jobs).WithUsersAsync(inspector, cancellationToken).ConfigureAwait(false);
            return await RemovalRun.RunAsync(run, inspector, plan, parsed.GetValue(yes), "Clear", RemovalTexts.AfterClearing(only), new Removing(plan, (manager, stop) => ClearAsync(manager, only, plan, stop)), cancellationToken).ConfigureAwait(false);
        });
    }

    private static async Task ClearAsync(CacheManager manager, string? layer, RemovalPlan plan, CancellationToken cancellationToken)
    {
        switch (layer)
        {
            case "sources":
                await manager.ClearLayerAsync(EntryKind.Source, cancellationToken).ConfigureAwait(false);
                break;
            case "profiles":
                await manager.ClearLayerAsync(EntryKind.Profile, cancellationToken).ConfigureAwait(false);
                break;
            case "uploads":
                foreach (var job in plan.Jobs)
                {
                    await manager.Uploads.RemoveAsync(job.State.JobId, cancellationToken).ConfigureAwait(false);
                }

                break;
            default:
                await manager.ClearAsync(cancellationToken).ConfigureAwait(false);
                break;
        }
    }
}
