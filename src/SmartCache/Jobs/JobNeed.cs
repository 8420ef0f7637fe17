using SmartCache.Abstractions;
using SmartCache.Storage;

namespace SmartCache.Jobs;

/// <summary>How unfinished jobs, of all processes, hold on to one entry.</summary>
/// <param name="Jobs">Those that used it, by their hashes.</param>
/// <param name="LastActivity">The last sign of life of any of them.</param>
/// <param name="RetryExpectedAt">The latest retry that is known to come.</param>
internal readonly record struct JobNeed(ulong[]? Jobs, DateTimeOffset LastActivity, DateTimeOffset? RetryExpectedAt)
{
    /// <summary>
    /// The last sign of life, or the retry. Never further away than a job is remembered: a worker may say "some day" with the last date that there is,
    /// behind which no sum can be.
    /// </summary>
    public DateTimeOffset AliveAt(DateTimeOffset latest)
    {
        var alive = RetryExpectedAt is { } retry && retry > LastActivity ? retry : LastActivity;
        return alive < latest ? alive : latest;
    }

    /// <summary>What these jobs need, by the names of the entries.</summary>
    public static Dictionary<string, JobNeed> Of(IEnumerable<JobFile> unfinished)
    {
        var needed = new Dictionary<string, JobNeed>(StringComparer.Ordinal);
        foreach (var job in unfinished)
        {
            var hash = NameHash.Of(job.JobId);
            foreach (var name in job.ProfileHashes.Concat(job.SourceHashes.Union(job.Announced ?? []).Where(ContentName.IsHash).Select(ContentName.Of)))
            {
                needed[name] = needed.GetValueOrDefault(name).With(hash, job.LastActivity, job.RetryExpectedAt);
            }
        }

        return needed;
    }

    private JobNeed With(ulong job, DateTimeOffset activity, DateTimeOffset? retry) => new(
        [.. Jobs ?? [], job],
        activity > LastActivity ? activity : LastActivity,
        retry is { } at && (RetryExpectedAt is not { } known || at > known) ? at : RetryExpectedAt);
}
