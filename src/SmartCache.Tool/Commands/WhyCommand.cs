using System.CommandLine;
using SmartCache.Tool.Finding;
using SmartCache.Tool.Output;
using SmartCache.Tool.Why;

namespace SmartCache.Tool.Commands;

/// <summary><c>why URL|CONTENT|KEY|JOB|-</c>: is it there, would it be served, and if not, what became of it and what to do.</summary>
internal static class WhyCommand
{
    public static Command Make(SharedOptions shared)
    {
        var what = new Argument<string>("what")
        {
            Description = "A URL or content id; a content hash; a key, or how it begins; a job, as its id, its 16 digits, or how one of them begins. - reads it from the input.",
        };
        var profile = new Option<string?>("--profile", "-p") { Description = "Of a source or a job, only this profile." };
        return shared.Does(new Command("why", "Says what became of a source, a key, or all that a job used, and whether it would be served.") { what, profile }, async (parsed, run, cancellationToken) =>
        {
            var text = Typed.Read(run.Host, parsed.GetRequiredValue(what));
            var inspector = run.Open();
            var traces = await Traces.ReadAsync(inspector, cancellationToken).ConfigureAwait(false);
            var jobs = await inspector.JobsAsync(cancellationToken).ConfigureAwait(false);
            return await new WhyAnswer(run, new Answers(inspector, traces), traces, jobs).ToAsync(text, parsed.GetValue(profile), cancellationToken).ConfigureAwait(false);
        });
    }
}
