using System.CommandLine;
using SmartCache.Tool.Output;
using SmartCache.Tool.Removal;
using SmartCache.Tool.Why;

namespace SmartCache.Tool.Commands;

/// <summary><c>rm URL|CONTENT|KEY|-</c>: a profile, or a source with its profiles.</summary>
internal static class RemoveCommand
{
    public static Command Make(SharedOptions shared)
    {
        var what = new Argument<string>("what") { Description = "A URL or content id; a content hash; a key, or how it begins. - reads it from the input." };
        var keeps = new Option<bool>("--keep-profiles") { Description = "Of a source, leaves what was made of it." };
        var yes = RemovalRun.Yes();
        return shared.Does(new Command("rm", "Removes a profile, or a source with its profiles.") { what, keeps, yes }, async (parsed, run, cancellationToken) =>
        {
            var text = Typed.Read(run.Host, parsed.GetRequiredValue(what));
            var inspector = run.Open();
            var traces = await Traces.ReadAsync(inspector, cancellationToken).ConfigureAwait(false);
            var plan = await RemovalPlanner.ToRemove(text, parsed.GetValue(keeps), traces).WithUsersAsync(inspector, cancellationToken).ConfigureAwait(false);
            return await RemovalRun.RunAsync(run, inspector, plan, parsed.GetValue(yes), "Remove", RemovalTexts.AfterRemoval(plan), Removing.Of(plan, inspector), cancellationToken).ConfigureAwait(false);
        });
    }
}
