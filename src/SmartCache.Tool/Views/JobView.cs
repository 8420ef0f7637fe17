namespace SmartCache.Tool.Views;

/// <summary>One job on record.</summary>
internal sealed record JobView
{
    public required string Id { get; init; }

    /// <summary>The 16 digits that stand for it in the history.</summary>
    public required string Job { get; init; }

    public required bool Ended { get; init; }

    public required int Attempts { get; init; }

    public required DateTimeOffset? LastAttempt { get; init; }

    public required DateTimeOffset LastActivity { get; init; }

    public required DateTimeOffset? RetryExpectedAt { get; init; }

    public required string? SourceContentHash { get; init; }

    public required IReadOnlyList<string> ProfileEntries { get; init; }

    public required IReadOnlyList<JobProfileView> Profiles { get; init; }

    public required string? RootCid { get; init; }

    public required IReadOnlyList<string> Errors { get; init; }

    public static JobView Of(InspectedJob job) => new JobView
    {
        Id = job.State.JobId,
        Job = job.Job,
        Ended = job.State.Ended,
        Attempts = job.State.Attempts,
        LastAttempt = job.State.LastAttempt,
        LastActivity = job.State.LastActivity,
        RetryExpectedAt = job.State.RetryExpectedAt,
        SourceContentHash = job.State.SourceContentHash,
        ProfileEntries = job.State.ProfileEntries,
        Profiles = [.. job.State.Profiles.OrderBy(static profile => profile.Key, StringComparer.Ordinal).Select(static profile => JobProfileView.Of(profile.Key, profile.Value))],
        RootCid = job.State.RootCid,
        Errors = job.State.Errors,
    };
}
