using System.CommandLine;
using SmartCache.Tool.Output;
using SmartCache.Tool.Removal;
using SmartCache.Tool.Why;

namespace SmartCache.Tool.Commands;

/// <summary><c>reject URL|CONTENT|KEY|-</c>: a source whose content was found bad.</summary>
internal static class RejectCommand
{
    private const string Reason = "rejected by hand";

    public static Command Make(SharedOptions shared)
    {
        var what = new Argument<string>("what") { Description = "A URL or content id; a content hash; the key of a source, or how it begins. - reads it from the input." };
        var yes = RemovalRun.Yes();
        return shared.Does(new Command("reject", "Drops a source whose content is bad, with all that is known of it.") { what, yes }, async (parsed, run, cancellationToken) =>
        {
            var text = Typed.Read(run.Host, parsed.GetRequiredValue(what));
            var inspector = run.Open();
            var traces = await Traces.ReadAsync(inspector, cancellationToken).ConfigureAwait(false);
            var plan = await RemovalPlanner.ToReject(text, traces).WithUsersAsync(inspector, cancellationToken).ConfigureAwait(false);
            var profiles = traces.Entries.Count(entry => entry.Kind == EntryKind.Profile && plan.Entries.Any(source => source.Name == Contents.SourceOf(entry.Name)));
            var rejecting = new Removing(plan, async (manager, stop) =>
            {
                foreach (var entry in plan.Entries)
                {
                    await manager.RejectContentAsync(entry.SourceContentHash!, Reason, stop).ConfigureAwait(false);
                }
            });
            return await RemovalRun.RunAsync(run, inspector, plan, parsed.GetValue(yes), "Reject", RemovalTexts.AfterRejection(profiles), rejecting, cancellationToken).ConfigureAwait(false);
        });
    }
}
