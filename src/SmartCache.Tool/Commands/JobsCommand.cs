using System.CommandLine;
using SmartCache.Tool.Finding;
using SmartCache.Tool.Output;
using SmartCache.Tool.Views;

namespace SmartCache.Tool.Commands;

/// <summary><c>jobs</c>: the jobs on record, the one that moved last first.</summary>
internal static class JobsCommand
{
    public static Command Make(SharedOptions shared) =>
        shared.Does(new Command("jobs", "Lists the jobs on record."), static async (_, run, cancellationToken) =>
        {
            var jobs = await run.Open().JobsAsync(cancellationToken).ConfigureAwait(false);
            IReadOnlyList<JobView> views = [.. jobs.Select(JobView.Of).OrderByDescending(static job => job.LastActivity).ThenBy(static job => job.Job, StringComparer.Ordinal)];
            run.Print(views, ToolJson.Default.IReadOnlyListJobView, page => Show(page, views));
            return ExitCode.Done;
        });

    private static void Show(Page page, IReadOnlyList<JobView> jobs)
    {
        page.Table(
            ["job", "digits", "state", "upload attempts", "profiles uploaded", "last sign of life", "root"],
            jobs.Select(static job => new[]
            {
                job.Id, job.Job, job.Ended ? "ended" : job.RetryExpectedAt is null ? "unfinished" : "waits for a retry", Figures.Count(job.Attempts),
                $"{job.Profiles.Count(static profile => profile.Completed)} of {job.Profiles.Count}", Figures.When(job.LastActivity), job.RootCid ?? "-",
            }));
        page.Line($"{jobs.Count} jobs, {jobs.Count(static job => !job.Ended)} unfinished");
        page.Hint(jobs.Count > 0 ? $"smartcache job {jobs[0].Job}" : "smartcache stats", jobs.Count > 0 ? "says all of one" : "says what was asked for");
    }
}
