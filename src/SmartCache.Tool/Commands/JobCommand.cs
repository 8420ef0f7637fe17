using System.CommandLine;
using SmartCache.Tool.Finding;
using SmartCache.Tool.Output;
using SmartCache.Tool.Views;

namespace SmartCache.Tool.Commands;

/// <summary><c>job ID</c>: its stages, what each cost, and what is left to upload.</summary>
internal static class JobCommand
{
    public static Command Make(SharedOptions shared)
    {
        var id = new Argument<string>("id") { Description = "The job's id, its 16 digits, or how one of them begins." };
        return shared.Does(new Command("job", "Shows one job.") { id }, async (parsed, run, cancellationToken) =>
        {
            var text = parsed.GetRequiredValue(id);
            var inspector = run.Open();
            if (JobNames.Pick(await inspector.JobsAsync(cancellationToken).ConfigureAwait(false), text) is not { } job)
            {
                throw new ToolException($"No job on record begins with {Typed.Shown(text)}.\nNext: smartcache why {Typed.Again(text)}   looks into the history too", ExitCode.Found);
            }

            var history = await inspector.OrderedHistoryAsync(cancellationToken).ConfigureAwait(false);
            var stages = history.Where(happened => happened.Kind == HistoryEventKind.Requested && happened.Job == job.Job).Select(JobStageView.Of);
            var view = new JobDetailView(JobView.Of(job), [.. stages]);
            run.Print(view, ToolJson.Default.JobDetailView, page => Show(page, view));
            return ExitCode.Done;
        });
    }

    private static void Show(Page page, JobDetailView view)
    {
        var job = view.Job;
        page.Line($"Job {job.Id}");
        page.Facts(
            ("Digits", job.Job),
            ("State", job.Ended ? "ended" : "unfinished, so that its entries are protected"),
            ("Last sign of life", Figures.When(job.LastActivity)),
            ("Retry expected", job.RetryExpectedAt is { } retry ? Figures.When(retry) : null),
            ("Source", job.SourceContentHash),
            ("Upload attempts", Figures.Count(job.Attempts)),
            ("Root", job.RootCid ?? "none yet"),
            ("Left to upload", Left(job)),
            ("Errors", job.Errors.Count > 0 ? string.Join("; ", job.Errors) : null));
        page.Heading("Stages, as far as the history reaches");
        page.Table(
            ["time", "layer", "profile", "outcome", "reason", "took", "work", "bytes", "failure"],
            view.Stages.Select(static stage => new[]
            {
                Figures.When(stage.Time), stage.Layer, stage.Profile ?? "-", stage.Outcome?.ToString() ?? "-", stage.Reason.ToString(), Figures.Seconds(stage.Seconds), Figures.Seconds(stage.CostSeconds),
                Figures.Bytes(stage.Bytes), stage.Failure ?? "-",
            }));
        page.Hint($"smartcache why {job.Job}", "says what became of all that it used, and what to do");
    }

    private static string Left(JobView job)
    {
        var left = job.Profiles.Where(static profile => !profile.Completed).Select(static profile => $"{profile.Profile}: {profile.TotalFiles - profile.UploadedFiles} of {profile.TotalFiles} files").ToList();
        return left.Count > 0 ? string.Join(", ", left) : job.RootCid is null ? "not known" : "nothing";
    }
}
